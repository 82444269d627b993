// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mosquitto.h>

#include <libnlbroker.h>

#include "connect.h"
#include "control.h"
#include "daemon.h"
#include "driver-say.h"
#include "exitcode.h"
#include "link.h"
#include "mem.h"
#include "rtt.h"
#include "say.h"

#define NS_PER_S 1000000000ULL

/**
 * struct slot - a connection's place; one that is to be another one, with the same
 * name, has to end first
 * @next: another connection's
 * @link: the connection, or NULL
 * @ending: it is to end
 * @wanted: what is to be begun after it, if @has_wanted
 * @has_wanted: something is
 * @counters: of its name
 */
struct slot {
	struct slot *next;
	struct link *link;
	bool ending;
	struct config_link wanted;
	bool has_wanted;
	struct counters *counters;
};

/**
 * struct daemon - the daemon
 * @path: of the configuration
 * @config: it, but for the connections
 * @id: who this bridge is
 * @slots: the connections
 * @counters: of all that there are, or were
 * @signal_fd: of SIGHUP, SIGTERM, SIGINT
 * @control_fd: where status is told
 * @metrics_next: when to write metrics, ns
 * @metrics_failed: that was said
 * @stopping: it ends
 * @given_up: messages that connections gave up in their end
 */
struct daemon {
	const char *path;
	struct config config;
	char id[CONFIG_NAME_MAX + 1];
	struct slot *slots;
	struct counters *counters;
	int signal_fd;
	int control_fd;
	uint64_t metrics_next;
	bool metrics_failed;
	bool stopping;
	uint64_t given_up;
};

int daemon_load(const char *path, struct config *config)
{
	FILE *file = fopen(path, "re");
	unsigned int errors;

	if (!file) {
		say_error("%s: %s", path, strerror(errno));
		return -1;
	}
	errors = config_read(file, path, config, stderr);
	fclose(file);
	if (!errors)
		return 0;
	say_error("%s: %u error%s", path, errors, errors == 1 ? "" : "s");
	return -1;
}

static uint32_t fnv(uint32_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (len--)
		hash = (hash ^ *p++) * 16777619U;
	return hash;
}

void daemon_id(const struct config *config, char *id)
{
	char host[CONFIG_NAME_MAX - 8] = "", line[64] = "";
	uint32_t hash = 2166136261U;
	struct stat st;
	FILE *file;
	char *p;

	if (config->id) {
		snprintf(id, CONFIG_NAME_MAX + 1, "%s", config->id);
		return;
	}
	file = fopen("/etc/machine-id", "re");
	if (file) {
		if (fgets(line, sizeof(line), file))
			hash = fnv(hash, line, strlen(line));
		fclose(file);
	}
	/* Each network namespace has a broker of its own. */
	if (!stat("/proc/self/ns/net", &st))
		hash = fnv(hash, &st.st_ino, sizeof(st.st_ino));
	if (gethostname(host, sizeof(host) - 1))
		*host = '\0';
	for (p = host; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._-",
			    *p))
			*p = '-';
	snprintf(id, CONFIG_NAME_MAX + 1, "%s-%08x", *host ? host : "bridge",
		 hash);
}

static struct counters *counters_of(struct daemon *d, const char *name)
{
	struct counters **at = &d->counters;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (!*at)
		*at = counters_new(name);
	return *at;
}

static struct slot *slot_of(struct daemon *d, const char *name)
{
	struct slot **at = &d->slots;

	while (*at && strcmp((*at)->counters->name, name) != 0)
		at = &(*at)->next;
	if (!*at) {
		*at = mem_zero(1, sizeof(**at));
		(*at)->counters = counters_of(d, name);
	}
	return *at;
}

static void slot_end(struct daemon *d, struct slot *s)
{
	if (s->has_wanted)
		config_link_free(&s->wanted);
	s->has_wanted = false;
	if (s->link && !s->ending)
		link_end(s->link, d->config.drain_timeout);
	s->ending = true;
}

static void slot_want(struct daemon *d, struct slot *s,
		      struct config_link *wanted, bool anew)
{
	if (s->link && !s->ending && !anew &&
	    config_link_same(link_config(s->link), wanted))
		return;
	slot_end(d, s);
	config_link_move(&s->wanted, wanted);
	s->has_wanted = true;
}

/* What has ended goes, and what waits for that begins. */
static void slots_work(struct daemon *d)
{
	struct slot **at = &d->slots, *s;

	while ((s = *at)) {
		if (s->link && link_ended(s->link)) {
			d->given_up += link_free(s->link);
			s->link = NULL;
		}
		if (!s->link && s->has_wanted) {
			s->has_wanted = false;
			s->ending = false;
			s->link = link_start(&s->wanted, s->counters, d->id);
			config_link_free(&s->wanted);
			atomic_store(&s->counters->used, s->link != NULL);
		}
		if (s->link) {
			at = &s->next;
			continue;
		}
		atomic_store(&s->counters->used, 0);
		atomic_store(&s->counters->state, STATE_WAITING);
		*at = s->next;
		free(s);
	}
}

static bool link_is_in(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->links_num; i++)
		if (!strcmp(config->links[i].name, name))
			return true;
	return false;
}

/* Makes the connections what the configuration says, which is taken. */
static void apply(struct daemon *d, struct config *config)
{
	char id[sizeof(d->id)];
	struct slot *s;
	bool anew;
	size_t i;

	daemon_id(config, id);
	anew = strcmp(id, d->id) != 0;
	strcpy(d->id, id);
	for (s = d->slots; s; s = s->next)
		if (!link_is_in(config, s->counters->name))
			slot_end(d, s);
	for (i = 0; i < config->links_num; i++) {
		config_link_complete(&config->links[i], id);
		slot_want(d, slot_of(d, config->links[i].name),
			  &config->links[i], anew);
	}
	config_free(&d->config);
	d->config = *config;
	slots_work(d);
}

/* The status socket, to where CONFIG has it; if that can't be, it stays there, too. */
static void move_socket(struct daemon *d, struct config *config)
{
	const char *was = d->config.status_socket;
	int fd;

	if (!strcmp(config->status_socket, was))
		return;
	fd = control_listen(config->status_socket);
	if (fd < 0) {
		free(config->status_socket);
		config->status_socket = mem_string(was);
		return;
	}
	close(d->control_fd);
	unlink(was);
	d->control_fd = fd;
}

static void reload(struct daemon *d)
{
	struct config config;

	if (daemon_load(d->path, &config)) {
		say_error("all stays as it was");
		return;
	}
	move_socket(d, &config);
	apply(d, &config);
	d->metrics_next = 0;
}

static void stop(struct daemon *d)
{
	struct slot *s;

	if (d->stopping)
		_exit(EXIT_REFUSED);
	control_notify("STOPPING=1");
	d->stopping = true;
	/* What reloads have cost is counted, and no failure of the end. */
	d->given_up = 0;
	for (s = d->slots; s; s = s->next)
		slot_end(d, s);
}

static void on_signal(struct daemon *d)
{
	struct signalfd_siginfo info;

	if (read(d->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGHUP) {
		stop(d);
	} else if (!d->stopping) {
		control_notify("RELOADING=1");
		reload(d);
		control_notify("READY=1");
	}
}

static void metrics(struct daemon *d, bool now)
{
	int err;

	if (!d->config.metrics_file || (!now && rtt_now() < d->metrics_next))
		return;
	d->metrics_next = rtt_now() + d->config.metrics_interval * NS_PER_S;
	err = control_metrics(d->config.metrics_file, d->counters);
	if (err && !d->metrics_failed)
		say_error("%s: %s", d->config.metrics_file, strerror(-err));
	d->metrics_failed = err;
}

static void loop(struct daemon *d)
{
	struct pollfd fds[2];

	while (d->slots || !d->stopping) {
		fds[0] =
			(struct pollfd){ .fd = d->signal_fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = d->control_fd,
					  .events = POLLIN };
		/* Connections that end, and reloads, are soon seen. */
		if (poll(fds, 2, d->stopping ? 20 : 200) < 0)
			memset(fds, 0, sizeof(fds));
		if (fds[0].revents)
			on_signal(d);
		if (fds[1].revents)
			control_answer(d->control_fd, d->counters, d->id);
		slots_work(d);
		metrics(d, false);
	}
}

/* Is the driver there? If it isn't, it may be loaded now. */
static int driver(void)
{
	const struct driver_query query = {
		.module = "nlbroker",
		.want = NLBROKER_GENL_NAME,
		.usual = NLBROKER_GENL_NAME,
		.root = "",
	};
	struct nlbroker *broker = NULL;
	bool retry = false;
	int err = nlbroker_open(&broker), code = EXIT_NO_DRIVER;

	if (err == -ENOENT) {
		code = driver_say(query, &retry);
		if (!retry)
			return code;
		err = nlbroker_open(&broker);
	}
	if (!err) {
		nlbroker_close(broker);
		return EXIT_OK;
	}
	if (err == -ENOENT)
		return driver_say(query, NULL);
	say_error("nlbroker: %s", strerror(-err));
	return err == -EPROTONOSUPPORT ? EXIT_NO_DRIVER : EXIT_REFUSED;
}

static int signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before there is a thread: they have the same mask. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int daemon_main(const char *path)
{
	struct daemon d = { .path = path };
	struct config config;
	int code;

	if (daemon_load(path, &config))
		return EXIT_REFUSED;
	code = driver();
	if (code == EXIT_OK) {
		d.signal_fd = signals();
		d.control_fd = control_listen(config.status_socket);
		if (d.signal_fd < 0 || d.control_fd < 0)
			code = EXIT_REFUSED;
	}
	if (code != EXIT_OK) {
		config_free(&config);
		return code;
	}
	mosquitto_lib_init();
	apply(&d, &config);
	control_notify("READY=1");
	loop(&d);
	metrics(&d, true);
	close(d.control_fd);
	unlink(d.config.status_socket);
	close(d.signal_fd);
	config_free(&d.config);
	counters_free(d.counters);
	code = d.given_up ? EXIT_REFUSED : EXIT_OK;
	/* A thread that resolves a name can't be waited for, nor cleaned up under. */
	if (connect_running())
		_exit(code);
	mosquitto_lib_cleanup();
	return code;
}
