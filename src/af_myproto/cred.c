// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who sent a message, and who is at the other end of a connection. The former is
 * with every message, whether the receiver wants to know or not: so a receiver
 * that asks for it late learns it also of what was sent before.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <net/scm.h>

#include "af_myproto.h"

/**
 * __myproto_cred_cmsg() - who sends a message, as its control messages say
 * @sock: the sender's socket
 * @msg: the message
 * @cred: changed to it
 * @held: set to the process, if it isn't the caller
 *
 * Context: process context.
 * Return: 0; -EINVAL (SCM_RIGHTS, or no control message), -EPERM or -ESRCH.
 */
int __myproto_cred_cmsg(struct socket *sock, struct msghdr *msg,
			struct myproto_cb *cred, struct pid **held)
{
	struct scm_cookie scm = {};
	int err;

	/* Refuses SCM_RIGHTS: that is AF_UNIX's alone. */
	err = __scm_send(sock, msg, &scm);
	if (err)
		return err;
	if (scm.pid) {
		*held = scm.pid;
		cred->pid = scm.pid;
		cred->uid = scm.creds.uid;
		cred->gid = scm.creds.gid;
	}
	return 0;
}

/**
 * myproto_cred_recv() - tell a reader that asks for it who sent a message
 * @sk: the reader's socket
 * @msg: where it goes
 * @cred: who
 *
 * Context: process context.
 */
void myproto_cred_recv(struct sock *sk, struct msghdr *msg,
		       const struct myproto_cb *cred)
{
	struct user_namespace *user_ns = current_user_ns();
	struct ucred ucred = {
		.pid = pid_vnr(cred->pid),
		.uid = from_kuid_munged(user_ns, cred->uid),
		.gid = from_kgid_munged(user_ns, cred->gid),
	};

	put_cmsg(msg, SOL_SOCKET, SCM_CREDENTIALS, sizeof(ucred), &ucred);
}

/**
 * myproto_peercred_set() - say who is at the other end
 * @sk: the socket that is asked
 * @pid: the process
 * @cred: its credentials
 *
 * Context: any.
 */
void myproto_peercred_set(struct sock *sk, struct pid *pid,
			  const struct cred *cred)
{
	const struct cred *old_cred;
	struct pid *old_pid;

	spin_lock(&sk->sk_peer_lock);
	old_pid = sk->sk_peer_pid;
	old_cred = sk->sk_peer_cred;
	sk->sk_peer_pid = get_pid(pid);
	sk->sk_peer_cred = get_cred(cred);
	spin_unlock(&sk->sk_peer_lock);

	put_pid(old_pid);
	put_cred(old_cred);
}

/**
 * myproto_peercred_copy() - say the same as another socket does
 * @sk: the socket that is asked
 * @from: the other
 *
 * Context: any.
 */
void myproto_peercred_copy(struct sock *sk, struct sock *from)
{
	const struct cred *cred;
	struct pid *pid;

	/* Never two of these locks. */
	spin_lock(&from->sk_peer_lock);
	pid = get_pid(from->sk_peer_pid);
	cred = get_cred(from->sk_peer_cred);
	spin_unlock(&from->sk_peer_lock);

	myproto_peercred_set(sk, pid, cred);
	put_pid(pid);
	put_cred(cred);
}
