// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another module that has numbers of socket families which af_myproto would take,
 * as MCTP has 45 in some kernels. Its sockets can't be made. For tests only; never
 * packaged.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>

static int numbers[6];
static int count;
module_param_array(numbers, int, &count, 0444);
MODULE_PARM_DESC(numbers, "the numbers of the families");

static struct net_proto_family families[ARRAY_SIZE(numbers)];

static int sockmods_taken_create(struct net *net, struct socket *sock, int protocol,
				 int kern)
{
	return -EPROTONOSUPPORT;
}

static void sockmods_taken_release(int n)
{
	while (n--)
		sock_unregister(numbers[n]);
}

static int __init sockmods_taken_init(void)
{
	int i, err;

	for (i = 0; i < count; i++) {
		families[i] = (struct net_proto_family){
			.family = numbers[i],
			.create = sockmods_taken_create,
			.owner = THIS_MODULE,
		};
		err = sock_register(&families[i]);
		if (err) {
			sockmods_taken_release(i);
			return err;
		}
	}
	return 0;
}

static void __exit sockmods_taken_exit(void)
{
	sockmods_taken_release(count);
}

module_init(sockmods_taken_init);
module_exit(sockmods_taken_exit);
MODULE_DESCRIPTION("Numbers of socket families that are taken");
MODULE_LICENSE("GPL");
