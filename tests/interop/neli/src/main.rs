// SPDX-License-Identifier: GPL-2.0-or-later
//! genl_echo as a program of Rust sees it, which knows generic netlink from neli:
//! echo, dump, error reply, the counters and an announced echo. Prints TAP.

mod bench;

use std::error::Error;
use std::process::exit;

use neli::{
    consts::{nl::NlmF, socket::NlFamily},
    err::RouterError,
    genl::{AttrTypeBuilder, Genlmsghdr, GenlmsghdrBuilder, Nlattr, NlattrBuilder, NoUserHeader},
    neli_enum,
    nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder},
    router::synchronous::NlRouter,
    socket::synchronous::NlSocketHandle,
    types::{Buffer, GenlBuffer},
    utils::Groups,
    Size, ToBytes,
};

// Of include/uapi/sockmods/genl_echo.h: what is used here.

#[neli_enum(serialized_type = "u8")]
pub enum Cmd {
    Echo = 1,
    Fail = 2,
    GetStats = 3,
    Event = 4,
}
impl neli::consts::genl::Cmd for Cmd {}

#[neli_enum(serialized_type = "u16")]
pub enum Attr {
    Msg = 1,
    Data = 2,
    Count = 3,
    Index = 4,
    Errno = 5,
    Announce = 6,
    Portid = 7,
    StatEchoes = 9,
    StatDumps = 11,
    StatDumpMessages = 12,
    StatFails = 13,
}
impl neli::consts::genl::NlAttrType for Attr {}

/// NLMSGERR_ATTR_MSG and NLMSGERR_ATTR_MISS_TYPE
const EXTACK_MSG: u16 = 1;
const EXTACK_MISS_TYPE: u16 = 5;

type Attrs = GenlBuffer<Attr, Buffer>;
type Genl = Genlmsghdr<Cmd, Attr>;
type Reply = Nlmsghdr<u16, Genl>;
type Res<T> = Result<T, Box<dyn Error>>;

/// Counts what has been tested and remembers whether all of it was good.
struct Tap {
    n: u32,
    failed: bool,
}

impl Tap {
    fn test(&mut self, name: &str, result: Res<()>) {
        self.n += 1;
        match result {
            Ok(()) => println!("ok {} - neli: {}", self.n, name),
            Err(e) => {
                self.failed = true;
                println!("not ok {} - neli: {}", self.n, name);
                for line in e.to_string().lines() {
                    println!("# {line}");
                }
            }
        }
    }
}

fn want(good: bool, what: impl FnOnce() -> String) -> Res<()> {
    if good {
        Ok(())
    } else {
        Err(what().into())
    }
}

fn attr<P: Size + ToBytes>(kind: Attr, payload: P) -> Res<Nlattr<Attr, Buffer>> {
    Ok(NlattrBuilder::default()
        .nla_type(AttrTypeBuilder::default().nla_type(kind).build()?)
        .nla_payload(payload)
        .build()?)
}

fn attrs(list: Vec<Nlattr<Attr, Buffer>>) -> Attrs {
    list.into_iter().collect()
}

fn bytes_of(msg: &Genl, kind: Attr) -> Option<Vec<u8>> {
    let handle = msg.attrs().get_attr_handle();
    let found = handle.get_attribute(kind)?;
    let bytes: &[u8] = found.nla_payload().as_ref();
    Some(bytes.to_vec())
}

fn number_of(msg: &Genl, kind: Attr) -> Option<u64> {
    match bytes_of(msg, kind)?.as_slice() {
        b if b.len() == 4 => Some(u32::from_ne_bytes(b.try_into().ok()?).into()),
        b if b.len() == 8 => Some(u64::from_ne_bytes(b.try_into().ok()?)),
        _ => None,
    }
}

fn head(cmd: Cmd, list: Attrs) -> Res<Genl> {
    Ok(GenlmsghdrBuilder::<Cmd, Attr, NoUserHeader>::default()
        .cmd(cmd)
        .version(1)
        .attrs(list)
        .build()?)
}

/// What a request fails with: its errno and the extack's attributes.
struct Refusal {
    errno: i32,
    text: String,
    miss_type: Option<u32>,
}

struct Client {
    sock: NlRouter,
    family: u16,
}

impl Client {
    /// The messages that a request is answered with, acknowledgement and end left out.
    fn ask(&self, cmd: Cmd, flags: NlmF, list: Attrs) -> Res<Vec<Genl>> {
        let answers = self.sock.send::<_, _, u16, Genl>(
            self.family,
            flags,
            NlPayload::Payload(head(cmd, list)?),
        )?;
        let mut got = Vec::new();
        for answer in answers {
            let msg: Reply = answer?;
            if *msg.nl_type() == self.family {
                let genl = msg
                    .get_payload()
                    .ok_or("a message of the family is empty")?;
                got.push(genl.clone());
            }
        }
        Ok(got)
    }

    /// That the router, too, has the errno of a refusal.
    fn fail_errno(&self) -> Res<()> {
        let list = attrs(vec![attr(Attr::Errno, 28u32)?, attr(Attr::Msg, "full")?]);
        let mut answers = self.sock.send::<_, _, u16, Genl>(
            self.family,
            NlmF::ACK,
            NlPayload::Payload(head(Cmd::Fail, list)?),
        )?;
        match answers.next() {
            Some(Err(RouterError::Nlmsgerr(e))) => {
                want(*e.error() == -28, || format!("error {}", e.error()))
            }
            other => Err(format!("not refused: {other:?}").into()),
        }
    }

    /// What a request is refused with. The router forgets what the kernel says besides
    /// the errno: this is by a plain socket.
    fn refused(&self, cmd: Cmd, list: Attrs) -> Res<Refusal> {
        let sock = NlSocketHandle::connect(NlFamily::Generic, None, Groups::empty())?;
        sock.enable_ext_ack(true)?;
        let msg = NlmsghdrBuilder::default()
            .nl_type(self.family)
            .nl_flags(NlmF::REQUEST | NlmF::ACK)
            .nl_seq(1)
            .nl_payload(NlPayload::Payload(head(cmd, list)?))
            .build()?;
        sock.send(&msg)?;
        let (mut answers, _) = sock.recv::<u16, Buffer>()?;
        let mut answer = answers.next().ok_or("no answer")??;
        let e = answer.get_err().ok_or("not refused")?;
        let mut refusal = Refusal {
            errno: -*e.error(),
            text: String::new(),
            miss_type: None,
        };
        for a in e.ext_ack().iter() {
            let bytes: &[u8] = a.nla_payload().as_ref();
            match u16::from(a.nla_type()) {
                EXTACK_MSG => {
                    let end = bytes.len().saturating_sub(1);
                    refusal.text = String::from_utf8_lossy(&bytes[..end]).into_owned();
                }
                EXTACK_MISS_TYPE => {
                    refusal.miss_type = Some(u32::from_ne_bytes(bytes.try_into()?));
                }
                _ => {}
            }
        }
        Ok(refusal)
    }

    fn echo_text(&self) -> Res<()> {
        let text = "Grüße vom Rost";
        let got = self.ask(Cmd::Echo, NlmF::ACK, attrs(vec![attr(Attr::Msg, text)?]))?;
        want(got.len() == 1, || format!("{} messages", got.len()))?;
        let back = got[0]
            .attrs()
            .get_attr_handle()
            .get_attr_payload_as_with_len::<String>(Attr::Msg)?;
        want(back == text, || format!("got '{back}'"))?;
        want(*got[0].cmd() == Cmd::Echo, || "another command".into())
    }

    fn echo_bytes(&self) -> Res<()> {
        // neli's buffer has room for 32 KiB.
        let data: Vec<u8> = (0..16384u32).map(|i| (i * 7 + i / 256) as u8).collect();
        let list = attrs(vec![attr(Attr::Data, data.clone())?]);
        let got = self.ask(Cmd::Echo, NlmF::empty(), list)?;
        want(got.len() == 1, || format!("{} messages", got.len()))?;
        want(bytes_of(&got[0], Attr::Data) == Some(data), || {
            "other bytes came back".into()
        })
    }

    fn dump(&self, count: Option<u32>) -> Res<()> {
        let wanted = count.unwrap_or(3);
        let mut list = vec![attr(Attr::Msg, "again")?];
        if let Some(n) = count {
            list.push(attr(Attr::Count, n)?);
        }
        let got = self.ask(Cmd::Echo, NlmF::DUMP, attrs(list))?;
        want(got.len() == wanted as usize, || {
            format!("{} messages", got.len())
        })?;
        for (i, msg) in got.iter().enumerate() {
            want(number_of(msg, Attr::Index) == Some(i as u64), || {
                format!("message {i} has another index")
            })?;
            want(
                bytes_of(msg, Attr::Msg) == Some(b"again\0".to_vec()),
                || format!("message {i} has another text"),
            )?;
        }
        Ok(())
    }

    fn fail(&self) -> Res<()> {
        let list = vec![attr(Attr::Errno, 19u32)?, attr(Attr::Msg, "no such thing")?];
        let r = self.refused(Cmd::Fail, attrs(list))?;
        want(r.errno == 19 && r.text == "no such thing", || {
            format!("errno {}, '{}'", r.errno, r.text)
        })
    }

    fn nothing_to_say(&self) -> Res<()> {
        let r = self.refused(Cmd::Echo, Attrs::new())?;
        want(r.errno == 22 && !r.text.is_empty(), || {
            format!("errno {}, '{}'", r.errno, r.text)
        })?;
        want(r.miss_type == Some(1), || {
            format!("missing: {:?}", r.miss_type)
        })
    }

    fn wrong_size(&self) -> Res<()> {
        let list = attrs(vec![attr(Attr::Errno, vec![1u8, 0])?]);
        let r = self.refused(Cmd::Fail, list)?;
        want(r.errno == 22 && !r.text.is_empty(), || {
            format!("errno {}, '{}'", r.errno, r.text)
        })
    }

    fn stats(&self) -> Res<()> {
        let got = self.ask(Cmd::GetStats, NlmF::empty(), Attrs::new())?;
        want(got.len() == 1, || format!("{} messages", got.len()))?;
        for (kind, wanted) in [
            (Attr::StatEchoes, 2),
            (Attr::StatDumps, 2),
            (Attr::StatDumpMessages, 503),
            (Attr::StatFails, 2),
        ] {
            let n = number_of(&got[0], kind);
            want(n == Some(wanted), || {
                format!("{kind:?}: {n:?}, not {wanted}")
            })?;
        }
        Ok(())
    }
}

fn run(tap: &mut Tap) -> Res<()> {
    let (sock, mut multicast) = NlRouter::connect(NlFamily::Generic, None, Groups::empty())?;
    sock.enable_ext_ack(true)?;
    let family = sock.resolve_genl_family("genl_echo")?;
    let group = sock.resolve_nl_mcast_group("genl_echo", "events")?;
    println!("# family {family}, group {group}");
    let client = Client { sock, family };

    tap.test("echoes a string", client.echo_text());
    tap.test("echoes 16 KiB", client.echo_bytes());
    tap.test("dumps three messages", client.dump(None));
    tap.test("dumps 500 messages", client.dump(Some(500)));
    tap.test("is refused with the errno it asked for", client.fail_errno());
    tap.test(
        "is refused with the errno and the text it asked for",
        client.fail(),
    );
    tap.test(
        "is told which attribute is missing",
        client.nothing_to_say(),
    );
    tap.test(
        "is told of an attribute of a wrong size",
        client.wrong_size(),
    );
    tap.test("reads the counters", client.stats());

    client
        .sock
        .add_mcast_membership(Groups::new_groups(&[group]))?;
    let list = vec![
        attr(Attr::Msg, "hear me")?,
        attr(Attr::Announce, Buffer::new())?,
    ];
    client.ask(Cmd::Echo, NlmF::empty(), attrs(list))?;
    let event = multicast.next().ok_or("no event")??;
    let event = event.get_payload().ok_or("an empty event")?;
    let handle = event.attrs().get_attr_handle();
    let text = handle.get_attr_payload_as_with_len::<String>(u16::from(Attr::Msg))?;
    let portid = handle.get_attr_payload_as::<u32>(u16::from(Attr::Portid))?;
    tap.test(
        "hears an announced echo",
        want(
            *event.cmd() == u8::from(Cmd::Event)
                && text == "hear me"
                && portid == client.sock.pid(),
            || format!("command {}, '{text}', port {portid}", event.cmd()),
        ),
    );
    Ok(())
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.is_empty() {
        if let Err(e) = bench::main(&args) {
            eprintln!("neli-client: {e}");
            exit(1);
        }
        return;
    }
    let mut tap = Tap {
        n: 0,
        failed: false,
    };
    if let Err(e) = run(&mut tap) {
        tap.test("comes to its end", Err(e));
    }
    println!("1..{}", tap.n);
    exit(tap.failed.into());
}
