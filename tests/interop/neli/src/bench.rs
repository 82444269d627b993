// SPDX-License-Identifier: GPL-2.0-or-later
//! What an echo costs a program that uses neli (tests/bench): "bench BYTES..." is the
//! least of some batches each, "once" is one echo and nothing else.

use std::time::Instant;

use neli::{consts::nl::NlmF, consts::socket::NlFamily, router::synchronous::NlRouter};
use neli::{types::Buffer, utils::Groups};

use crate::{attr, attrs, bytes_of, want, Attr, Client, Cmd, Res};

const BATCHES: u32 = 14;
const BYTES: usize = 64;

fn open() -> Res<Client> {
    let (sock, _multicast) = NlRouter::connect(NlFamily::Generic, None, Groups::empty())?;
    let family = sock.resolve_genl_family("genl_echo")?;
    Ok(Client { sock, family })
}

fn echo(client: &Client, bytes: usize) -> Res<()> {
    let data = Buffer::from(vec![0x5a; bytes]);
    let got = client.ask(Cmd::Echo, NlmF::empty(), attrs(vec![attr(Attr::Data, data)?]))?;
    let back = got.first().and_then(|msg| bytes_of(msg, Attr::Data));
    want(back.is_some_and(|b| b.len() == bytes), || {
        "something else came back".into()
    })
}

/// Nanoseconds of one, in the cheapest of the batches after one to warm up.
fn least(number: u32, once: impl Fn() -> Res<()>) -> Res<f64> {
    let mut best = f64::INFINITY;
    for batch in 0..=BATCHES {
        let began = Instant::now();
        for _ in 0..number {
            once()?;
        }
        let took = began.elapsed().as_nanos() as f64 / f64::from(number);
        if batch > 0 {
            best = best.min(took);
        }
    }
    Ok(best)
}

fn record(table: &str, bytes: usize, result: Res<f64>) {
    print!("# @json {{\"table\": \"{table}\", \"row\": \"neli\", \"bytes\": {bytes}, ");
    match result {
        Ok(value) => println!("\"value\": {value:.0}, \"unit\": \"ns\"}}"),
        Err(e) => println!("\"missing\": \"{}\"}}", e.to_string().replace(['"', '\\'], "'")),
    }
}

pub fn main(args: &[String]) -> Res<()> {
    if args[0] != "bench" {
        return echo(&open()?, BYTES);
    }
    for size in &args[1..] {
        let bytes: usize = size.parse()?;
        // One that has had a message that is too large for it has failed for good.
        let client = open()?;
        record("echo", bytes, least(50, || echo(&client, bytes)));
    }
    record("reopen", BYTES, least(10, || echo(&open()?, BYTES)));
    Ok(())
}
