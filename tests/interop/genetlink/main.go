// SPDX-License-Identifier: GPL-2.0-or-later

// The two netlink families as a program of Go sees them, which knows generic netlink
// from github.com/mdlayher/genetlink. Prints TAP.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
)

// Of include/uapi/sockmods/genl_echo.h and nlbroker.h: what is used here.
const (
	echoCmdEcho     = 1
	echoCmdFail     = 2
	echoCmdGetStats = 3
	echoCmdEvent    = 4

	echoMsg              = 1
	echoData             = 2
	echoCount            = 3
	echoIndex            = 4
	echoErrno            = 5
	echoAnnounce         = 6
	echoPortid           = 7
	echoStatEchoes       = 9
	echoStatDumps        = 11
	echoStatDumpMessages = 12

	brokerCmdSubscribe   = 3
	brokerCmdPublish     = 5
	brokerCmdGetPeer     = 6
	brokerCmdGetRetained = 8
	brokerCmdMessage     = 11
	brokerCmdTopicAdd    = 15

	brokerTopic         = 1
	brokerPayload       = 2
	brokerRetain        = 3
	brokerPattern       = 6
	brokerCreds         = 9
	brokerPortid        = 11
	brokerSeq           = 18
	brokerPid           = 21
	brokerDelivered     = 24
	brokerSubscriptions = 30
)

var (
	n      int
	failed bool
)

func test(name string, err error) {
	n++
	if err == nil {
		fmt.Printf("ok %d - genetlink: %s\n", n, name)
		return
	}
	failed = true
	fmt.Printf("not ok %d - genetlink: %s\n# %s\n", n, name,
		strings.ReplaceAll(err.Error(), "\n", "\n# "))
}

func want(good bool, format string, args ...any) error {
	if good {
		return nil
	}
	return fmt.Errorf(format, args...)
}

type family struct {
	c *genetlink.Conn
	genetlink.Family
}

// Opens a socket of its own; what takes longer than a minute is wrong.
func open(name string) (*family, error) {
	c, err := genetlink.Dial(nil)
	if err != nil {
		return nil, err
	}
	if err := c.SetOption(netlink.ExtendedAcknowledge, true); err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	f, err := c.GetFamily(name)
	if err != nil {
		return nil, err
	}
	return &family{c, f}, nil
}

func (f *family) join(group string) error {
	for _, g := range f.Groups {
		if g.Name == group {
			return f.c.JoinGroup(g.ID)
		}
	}
	return fmt.Errorf("no group %s in %v", group, f.Groups)
}

type encode func(*netlink.AttributeEncoder)

func (f *family) ask(cmd uint8, flags netlink.HeaderFlags, fill encode) ([]attrs, error) {
	ae := netlink.NewAttributeEncoder()
	if fill != nil {
		fill(ae)
	}
	b, err := ae.Encode()
	if err != nil {
		return nil, err
	}
	msgs, err := f.c.Execute(genetlink.Message{
		Header: genetlink.Header{Command: cmd, Version: 1},
		Data:   b,
	}, f.ID, netlink.Request|flags)
	if err != nil {
		return nil, err
	}
	// An acknowledgement has the request's header where others have attributes.
	if flags&netlink.Acknowledge != 0 {
		return nil, nil
	}
	return decodeAll(msgs)
}

// What comes without having been asked for.
func (f *family) receive() ([]genetlink.Message, []attrs, error) {
	msgs, _, err := f.c.Receive()
	if err != nil {
		return nil, nil, err
	}
	a, err := decodeAll(msgs)
	return msgs, a, err
}

type attrs map[uint16][]byte

func decodeAll(msgs []genetlink.Message) ([]attrs, error) {
	var all []attrs
	for _, m := range msgs {
		ad, err := netlink.NewAttributeDecoder(m.Data)
		if err != nil {
			return nil, err
		}
		a := attrs{}
		for ad.Next() {
			a[ad.Type()] = append([]byte{}, ad.Bytes()...)
		}
		if err := ad.Err(); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func (a attrs) text(kind uint16) string {
	return string(bytes.TrimSuffix(a[kind], []byte{0}))
}

// A number of 4 or 8 bytes, of the one machine that these tests run on.
func (a attrs) number(kind uint16) int64 {
	b, ok := a[kind]
	if !ok || (len(b) != 4 && len(b) != 8) {
		return -1
	}
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return int64(v)
}

func one(a []attrs, err error) (attrs, error) {
	if err != nil {
		return nil, err
	}
	if len(a) != 1 {
		return nil, fmt.Errorf("%d messages", len(a))
	}
	return a[0], nil
}

// Judges an error by its errno and by the kernel's text.
func refused(err error, errno syscall.Errno, text string) error {
	var op *netlink.OpError
	if !errors.As(err, &op) {
		return fmt.Errorf("not refused: %v", err)
	}
	return want(errors.Is(op.Err, errno) && strings.Contains(op.Message, text),
		"refused with %v, '%s'", op.Err, op.Message)
}

func echoText(f *family) error {
	const text = "grüezi, Gopher"
	a, err := one(f.ask(echoCmdEcho, 0, func(ae *netlink.AttributeEncoder) {
		ae.String(echoMsg, text)
	}))
	if err != nil {
		return err
	}
	return want(a.text(echoMsg) == text, "got '%s'", a.text(echoMsg))
}

func echoBytes(f *family) error {
	data := make([]byte, 61440)
	for i := range data {
		data[i] = byte(i*7 + i/256)
	}
	a, err := one(f.ask(echoCmdEcho, 0, func(ae *netlink.AttributeEncoder) {
		ae.Bytes(echoData, data)
	}))
	if err != nil {
		return err
	}
	return want(bytes.Equal(a[echoData], data), "other bytes came back, %d", len(a[echoData]))
}

func echoDump(f *family, count uint32) error {
	all, err := f.ask(echoCmdEcho, netlink.Dump, func(ae *netlink.AttributeEncoder) {
		ae.String(echoMsg, "again")
		if count > 0 {
			ae.Uint32(echoCount, count)
		}
	})
	if err != nil {
		return err
	}
	if count == 0 {
		count = 3
	}
	if len(all) != int(count) {
		return fmt.Errorf("%d messages", len(all))
	}
	for i, a := range all {
		if a.number(echoIndex) != int64(i) || a.text(echoMsg) != "again" {
			return fmt.Errorf("message %d: index %d, '%s'", i, a.number(echoIndex), a.text(echoMsg))
		}
	}
	return nil
}

func echoFail(f *family) error {
	_, err := f.ask(echoCmdFail, netlink.Acknowledge, func(ae *netlink.AttributeEncoder) {
		ae.Uint32(echoErrno, uint32(syscall.ENOSPC))
		ae.String(echoMsg, "the disk is full (not really)")
	})
	return refused(err, syscall.ENOSPC, "the disk is full (not really)")
}

func echoStats(f *family) error {
	a, err := one(f.ask(echoCmdGetStats, 0, nil))
	if err != nil {
		return err
	}
	return want(a.number(echoStatEchoes) == 2 && a.number(echoStatDumps) == 2 &&
		a.number(echoStatDumpMessages) == 503, "echoes %d, dumps %d, messages %d",
		a.number(echoStatEchoes), a.number(echoStatDumps), a.number(echoStatDumpMessages))
}

func echoEvent(f *family) error {
	other, err := open("genl_echo")
	if err != nil {
		return err
	}
	defer other.c.Close()
	if err := other.join("events"); err != nil {
		return err
	}
	if _, err := f.ask(echoCmdEcho, 0, func(ae *netlink.AttributeEncoder) {
		ae.String(echoMsg, "hear me")
		ae.Flag(echoAnnounce, true)
	}); err != nil {
		return err
	}
	msgs, all, err := other.receive()
	if err != nil {
		return err
	}
	a, err := one(all, nil)
	if err != nil {
		return err
	}
	return want(msgs[0].Header.Command == echoCmdEvent && a.text(echoMsg) == "hear me" &&
		a.number(echoPortid) > 0, "command %d, '%s', port %d", msgs[0].Header.Command,
		a.text(echoMsg), a.number(echoPortid))
}

func echo() error {
	f, err := open("genl_echo")
	if err != nil {
		return err
	}
	defer f.c.Close()
	test("echoes a string", echoText(f))
	test("echoes 60 KiB", echoBytes(f))
	test("dumps three messages", echoDump(f, 0))
	test("dumps 500 messages", echoDump(f, 500))
	test("is refused with the errno and the text it asked for", echoFail(f))
	_, err = f.ask(echoCmdEcho, netlink.Acknowledge, nil)
	test("is told that an echo needs something to say", refused(err, syscall.EINVAL, ""))
	test("reads the counters", echoStats(f))
	test("hears an announced echo", echoEvent(f))
	return nil
}

func deliver(sub, pub *family) error {
	a, err := one(pub.ask(brokerCmdPublish, netlink.Echo, func(ae *netlink.AttributeEncoder) {
		ae.String(brokerTopic, "go/1")
		ae.Bytes(brokerPayload, []byte{0, 255, 16})
		ae.Flag(brokerRetain, true)
	}))
	if err != nil {
		return err
	}
	if a.number(brokerDelivered) != 1 || a.number(brokerSeq) != 1 {
		return fmt.Errorf("delivered %d, seq %d", a.number(brokerDelivered), a.number(brokerSeq))
	}
	msgs, all, err := sub.receive()
	if err != nil {
		return err
	}
	a, err = one(all, nil)
	if err != nil {
		return err
	}
	return want(msgs[0].Header.Command == brokerCmdMessage && a.text(brokerTopic) == "go/1" &&
		bytes.Equal(a[brokerPayload], []byte{0, 255, 16}) && a.number(brokerSeq) == 1 &&
		a.number(brokerPid) == int64(os.Getpid()), "command %d, %v", msgs[0].Header.Command, a)
}

func several(sub, pub *family) error {
	_, err := pub.ask(brokerCmdPublish, netlink.Acknowledge, func(ae *netlink.AttributeEncoder) {
		ae.String(brokerTopic, "go/2")
		for i := byte(0); i < 100; i++ {
			ae.Bytes(brokerPayload, []byte{i})
		}
	})
	if err != nil {
		return err
	}
	for i := 0; i < 100; {
		_, all, err := sub.receive()
		if err != nil {
			return fmt.Errorf("after %d: %w", i, err)
		}
		for _, a := range all {
			if !bytes.Equal(a[brokerPayload], []byte{byte(i)}) {
				return fmt.Errorf("message %d: %v", i, a)
			}
			i++
		}
	}
	return nil
}

func broker() error {
	sub, err := open("nlbroker")
	if err != nil {
		return err
	}
	defer sub.c.Close()
	pub, err := open("nlbroker")
	if err != nil {
		return err
	}
	defer pub.c.Close()
	events, err := open("nlbroker")
	if err != nil {
		return err
	}
	defer events.c.Close()
	if err := events.join("events"); err != nil {
		return err
	}
	_, err = sub.ask(brokerCmdSubscribe, netlink.Acknowledge, func(ae *netlink.AttributeEncoder) {
		ae.String(brokerPattern, "go/+")
		ae.Flag(brokerCreds, true)
	})
	test("subscribes", err)
	test("gets what another publishes, with its sender", deliver(sub, pub))
	test("gets a hundred messages of one request, in their order", several(sub, pub))

	peer, err := one(sub.ask(brokerCmdGetPeer, 0, nil))
	if err == nil {
		err = want(peer.number(brokerSubscriptions) == 1 && peer.number(brokerDelivered) == 101 &&
			peer.number(brokerPortid) > 0, "%v", peer)
	}
	test("reads what it is as a peer", err)
	kept, err := one(pub.ask(brokerCmdGetRetained, netlink.Dump, nil))
	if err == nil {
		err = want(kept.text(brokerTopic) == "go/1" &&
			bytes.Equal(kept[brokerPayload], []byte{0, 255, 16}), "%v", kept)
	}
	test("reads the values that are kept", err)
	_, err = pub.ask(brokerCmdPublish, netlink.Acknowledge, func(ae *netlink.AttributeEncoder) {
		ae.String(brokerTopic, "go/#")
	})
	test("is refused with the errno and the text", refused(err, syscall.EINVAL, "wildcard"))

	err = fmt.Errorf("no such event")
	for i := 0; i < 10 && err != nil; i++ {
		msgs, all, failure := events.receive()
		if failure != nil {
			err = failure
			break
		}
		for j, a := range all {
			if msgs[j].Header.Command == brokerCmdTopicAdd && a.text(brokerTopic) == "go/1" {
				err = nil
			}
		}
	}
	test("hears that there is a topic", err)
	return nil
}

func main() {
	if err := echo(); err != nil {
		test("genl_echo: comes to its end", err)
	}
	if err := broker(); err != nil {
		test("nlbroker: comes to its end", err)
	}
	fmt.Printf("1..%d\n", n)
	if failed {
		os.Exit(1)
	}
}
