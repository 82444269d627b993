// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One process publishes, others get each message: the same work for every broker,
 * done with the library that its users would take. That no message is lost and that
 * they come in order is looked at: one that isn't ends it.
 *
 * What is measured is what the whole machine does in a window of messages, the
 * median of some after one that isn't counted. The publisher waits for all
 * subscribers after each. Or (-r) how long after the moment at which it was to be
 * sent each message comes, at a rate.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "fanout.h"

/* CONNECTING: subscribers that connect at once, no more than a daemon's backlog. */
enum { MESSAGES_MAX = 100, LARGE_MAX = 20, WINDOWS_MAX = 50, CONNECTING = 50 };

/* What a message begins with. */
struct head {
	uint32_t number;
	/* All of it. */
	uint16_t bytes;
	/* Say that you have it. */
	uint16_t last;
	/* When it was to be sent, ns. */
	int64_t due;
};

static const struct broker *const brokers[] = {
	&broker_dbus, &broker_mosquitto, &broker_netlink, &broker_nlbroker,
	&broker_nng,  &broker_redis,	 &broker_unix,	  &broker_zmq,
};

static const struct broker *broker;
static const char *row;
static const char *table = "fanout";
static unsigned int subscribers = 10, batch = 1, windows = 5, deliveries = 1000;
static unsigned int rate, messages, stalled;
unsigned int expected;
/* A subscriber is there; it has had a window. */
static int ready, done;
/* What a subscriber has had, what it gets, whether it is one that will stall. */
static uint32_t number;
static size_t bytes;
static int will_stall;
static pid_t publisher;
static long processors;
/* With a rate: how long after it was due each came, of each subscriber. */
static uint32_t *late, *late_here;

static void tell(int fd)
{
	if (eventfd_write(fd, 1))
		die("eventfd");
}

/* Who waits for longer than that waits for ever. */
static void on_alarm(int sig)
{
	static const char why[] = "fanout: the publisher waits for ever\n";

	(void)sig;
	if (write(STDERR_FILENO, why, sizeof(why) - 1) < 0)
		_exit(1);
	_exit(3);
}

/*
 * Where time counts instructions, much is done in a second. With a rate nobody is
 * busy now and then, and while a disk is waited for that time leaps.
 */
static void be_patient(void)
{
	alarm(rate ? 600 : processors > 1 ? 60 : stalled ? 2 : 5);
}

/* Until each subscriber has told. */
static void wait_for(int fd, unsigned int count)
{
	eventfd_t told;
	uint64_t all;

	be_patient();
	for (all = 0; all < count; all += told)
		if (eventfd_read(fd, &told))
			die("eventfd");
	alarm(0);
}

void got(const void *data, size_t len)
{
	struct head head;

	memcpy(&head, data, len < sizeof(head) ? 0 : sizeof(head));
	if (len < sizeof(head) || len != head.bytes || head.number != number)
		die("%s: not the message that was to come: number %u instead of %u, %zu bytes",
		    row, head.number, number, len);
	if (late_here)
		late_here[number] = now_ns() - head.due;
	number++;
	if (!head.last)
		return;
	tell(done);
	/* After the first window. */
	if (will_stall)
		raise(SIGSTOP);
}

static void __attribute__((noreturn)) subscriber(const char *address)
{
	void *connection;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have died before that. */
	if (getppid() != publisher)
		_exit(1);
	connection = broker->open(address, 1);
	if (!connection)
		die("%s: no subscription", row);
	tell(ready);
	for (;;)
		if (broker->receive(connection))
			die("%s: nothing received", row);
}

/* A subscriber that ends by itself has failed, and has said why. */
static void on_child(int sig)
{
	(void)sig;
	_exit(1);
}

static void fork_all(const char *address)
{
	const struct sigaction child = { .sa_handler = on_child,
					 .sa_flags = SA_NOCLDSTOP };
	unsigned int i;

	expected = subscribers + stalled;
	ready = eventfd(0, EFD_CLOEXEC);
	done = eventfd(0, EFD_CLOEXEC);
	if (ready < 0 || done < 0 || sigaction(SIGCHLD, &child, NULL))
		die("eventfd");
	if (rate) {
		late = mmap(NULL, sizeof(*late) * messages * subscribers,
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
		if (late == MAP_FAILED)
			die("no memory");
	}
	publisher = getpid();
	for (i = 0; i < expected; i++) {
		switch (fork()) {
		case -1:
			die("no process: %s", strerror(errno));
		case 0:
			will_stall = i >= subscribers;
			if (late)
				late_here = late + (size_t)i * messages;
			subscriber(address);
		}
		if ((i + 1) % CONNECTING == 0)
			wait_for(ready, CONNECTING);
	}
	wait_for(ready, expected % CONNECTING);
}

/* Messages, one after the other in memory. */
static void hand_over(void *connection, const char *data, unsigned int count)
{
	unsigned int i;
	int err = 0;

	if (count > 1 && broker->publish_many)
		err = broker->publish_many(connection, data, bytes, count);
	else
		for (i = 0; i < count && !err; i++)
			err = broker->publish(connection, data + i * bytes,
					      bytes);
	if (err)
		die("%s: not published", row);
}

/* A window of messages, BATCH at a time; back when all have it. */
static void window(void *connection, char *data, unsigned int size,
		   unsigned int readers)
{
	struct head head = { 0 };
	unsigned int i, n;

	be_patient();
	for (n = 0; n < size; n += batch) {
		for (i = 0; i < batch; i++) {
			head.number = number++;
			head.bytes = bytes;
			head.last = n + i + 1 == size;
			memcpy(data + i * bytes, &head, sizeof(head));
		}
		hand_over(connection, data, batch);
	}
	wait_for(done, readers);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* So many that there are about as many deliveries, but large ones are few. */
static unsigned int window_size(void)
{
	unsigned int size = deliveries / (bytes > 8192 ? 5 : 1) / subscribers;

	if (size > MESSAGES_MAX)
		size = MESSAGES_MAX;
	/* They have to fit into queues of some megabytes. */
	if (bytes > 8192 && size > LARGE_MAX)
		size = LARGE_MAX;
	if (size < 2)
		size = 2;
	return (size + batch - 1) / batch * batch;
}

static void measure_windows(void *connection)
{
	struct record what = {
		.table = table, .row = row, .bytes = bytes, .n = subscribers
	};
	unsigned int size = window_size(), i;
	char *data = calloc(batch, bytes);
	double cost[WINDOWS_MAX], took;
	int64_t busy, began, switches;

	if (!data)
		die("no memory");
	window(connection, data, size, subscribers + (number ? 0 : stalled));
	switches = machine_switches();
	began = now_ns();
	for (i = 0; i < windows; i++) {
		busy = machine_busy();
		window(connection, data, size, subscribers);
		cost[i] = (double)(machine_busy() - busy) /
			  ((double)size * subscribers);
	}
	took = now_ns() - began;
	switches = machine_switches() - switches;
	qsort(cost, windows, sizeof(*cost), compare);
	if (processors > 1) {
		what.unit = "messages/s";
		record(&what,
		       (double)windows * size * subscribers * 1e9 / took);
	} else {
		record(&what, cost[windows / 2]);
		what.unit = "switches";
		record(&what, (double)switches / windows / size / subscribers);
	}
	free(data);
}

static int compare_late(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure_rate(void *connection)
{
	static const struct {
		const char *suffix;
		double part;
	} points[] = { { "p50", 0.5 }, { "p99", 0.99 }, { "p99.9", 0.999 } };
	size_t all = (size_t)messages * subscribers;
	struct head head = { 0 };
	char *data = calloc(1, bytes), name[64];
	struct record what = { .table = "latency",
			       .bytes = bytes,
			       .row = name };
	int64_t period = 1000000000 / rate, first = now_ns() + 10 * period;
	struct timespec until;
	unsigned int i;

	if (!data)
		die("no memory");
	/* By itself the kernel lets a process sleep for 50 us longer. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	for (i = 0; i < messages; i++) {
		head = (struct head){ .number = i,
				      .bytes = bytes,
				      .last = i + 1 == messages,
				      .due = first + i * period };
		until = (struct timespec){ .tv_sec = head.due / 1000000000,
					   .tv_nsec = head.due % 1000000000 };
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
				       NULL) == EINTR)
			;
		memcpy(data, &head, sizeof(head));
		hand_over(connection, data, 1);
	}
	wait_for(done, subscribers);
	qsort(late, all, sizeof(*late), compare_late);
	for (i = 0; i < sizeof(points) / sizeof(*points); i++) {
		snprintf(name, sizeof(name), "%s.%s", row, points[i].suffix);
		record(&what, late[(size_t)(points[i].part * (all - 1))]);
	}
	free(data);
}

static void usage(void)
{
	unsigned int i;

	fprintf(stderr,
		"usage: fanout [OPTION]... BROKER ADDRESS BYTES...\n\n"
		"  -s N   subscribers (10)\n"
		"  -b N   messages that are handed over at a time (1)\n"
		"  -w N   windows that are measured (5)\n"
		"  -d N   deliveries in a window, about (1000)\n"
		"  -x     one more subscriber, which stops after the first window\n"
		"  -r N   N messages a second instead, and how late they come\n"
		"  -m N   so many of them (2000)\n"
		"  -t T   table of the records (fanout)\n"
		"  -n R   row of the records (BROKER)\n\n"
		"Exit code 3: the publisher waits for ever. Brokers:");
	for (i = 0; i < sizeof(brokers) / sizeof(*brokers); i++)
		fprintf(stderr, " %s", brokers[i]->name);
	fputc('\n', stderr);
	exit(2);
}

static void options(int argc, char **argv)
{
	unsigned int i;
	int c;

	messages = 2000;
	while ((c = getopt(argc, argv, "s:b:w:d:r:m:t:n:x")) != -1)
		switch (c) {
		case 's':
			subscribers = atoi(optarg);
			break;
		case 'b':
			batch = atoi(optarg);
			break;
		case 'w':
			windows = atoi(optarg);
			break;
		case 'd':
			deliveries = atoi(optarg);
			break;
		case 'r':
			rate = atoi(optarg);
			break;
		case 'm':
			messages = atoi(optarg);
			break;
		case 't':
			table = optarg;
			break;
		case 'n':
			row = optarg;
			break;
		case 'x':
			stalled = 1;
			break;
		default:
			usage();
		}
	for (i = 0; optind < argc && i < sizeof(brokers) / sizeof(*brokers);
	     i++)
		if (!strcmp(argv[optind], brokers[i]->name))
			broker = brokers[i];
	if (!broker || argc - optind < 3 || !subscribers || !batch ||
	    !windows || windows > WINDOWS_MAX || !messages || rate > 1000000 ||
	    (rate && (stalled || argc - optind != 3)))
		usage();
	if (!row)
		row = broker->name;
}

int main(int argc, char **argv)
{
	void *connection;
	int i;

	options(argc, argv);
	raise_files(8192);
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	signal(SIGALRM, on_alarm);
	/* Before the subscribers: they don't run it. */
	if (!rate)
		machine_watch();
	fork_all(argv[optind + 1]);
	/* Without a daemon it waits for a thousand that try now and then. */
	alarm(60);
	connection = broker->open(argv[optind + 1], 0);
	alarm(0);
	if (!connection)
		die("%s: no connection", row);
	for (i = optind + 2; i < argc; i++) {
		bytes = atoi(argv[i]);
		if (bytes < sizeof(struct head) || bytes > BENCH_BYTES_MAX)
			die("%s: not a size", argv[i]);
		if (rate)
			measure_rate(connection);
		else
			measure_windows(connection);
	}
	signal(SIGCHLD, SIG_IGN);
	fflush(stdout);
	_exit(0);
}
