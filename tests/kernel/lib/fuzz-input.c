// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "fuzz.h"
#include "fuzz-input.h"

#define KCOV "/sys/kernel/debug/kcov"

enum {
	INPUT_MAX = 1024, /* bytes */
	KEEP = 2048, /* inputs */
	TRACE = 1 << 18, /* places that one input may pass */
	EDGES = 1 << 18, /* bits */
	BLOCKS = 1 << 15,
};

struct input {
	unsigned int len;
	uint8_t bytes[INPUT_MAX];
};

static struct input now, *kept;
static unsigned int kept_count, at;
static uint64_t state;

static int kcov = -1;
static unsigned long *trace;
static uint8_t edges[EDGES / 8];
static unsigned long *blocks, *shared;
static unsigned int block_count, sharers;

/* xorshift64*: the same everywhere. */
static uint32_t rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL) >> 32;
}

static unsigned int below(unsigned int n)
{
	return n ? rnd() % n : 0;
}

bool cover_there(void)
{
	return !access(KCOV, R_OK | W_OK);
}

static void cover_open(void)
{
	if (!cover_there())
		return;
	kcov = open(KCOV, O_RDWR | O_CLOEXEC);
	if (kcov < 0 || ioctl(kcov, KCOV_INIT_TRACE, TRACE))
		fuzz_wrong("kcov", kcov);
	trace = mmap(NULL, TRACE * sizeof(*trace), PROT_READ | PROT_WRITE,
		     MAP_SHARED, kcov, 0);
	if (trace == MAP_FAILED)
		fuzz_wrong("kcov's memory", 0);
}

void cover_begin(void)
{
	if (kcov < 0)
		return;
	if (ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		fuzz_wrong("KCOV_ENABLE", 0);
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

void cover_end(void)
{
	if (kcov >= 0 && ioctl(kcov, KCOV_DISABLE, 0))
		fuzz_wrong("KCOV_DISABLE", 0);
}

unsigned int cover_blocks(void)
{
	return block_count;
}

bool cover_share(unsigned int count)
{
	sharers = count;
	shared = mmap(NULL, count * BLOCKS * sizeof(*shared),
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return shared != MAP_FAILED;
}

/* Has this place been passed before? */
static bool block_new(unsigned long pc)
{
	unsigned int i = (pc * 0x9e3779b97f4a7c15ULL) >> 49, n;

	for (n = 0; n < BLOCKS; n++, i = (i + 1) % BLOCKS) {
		if (blocks[i] == pc)
			return false;
		if (!blocks[i]) {
			blocks[i] = pc;
			block_count++;
			return true;
		}
	}
	return false;
}

/* Has this place been come to from that one before? */
static bool edge_new(unsigned long from, unsigned long to)
{
	unsigned int bit =
		((from * 0x9e3779b97f4a7c15ULL ^ to) * 0xff51afd7ed558ccdULL) >>
		46;
	bool is_new = !(edges[bit / 8] & 1 << bit % 8);

	edges[bit / 8] |= 1 << bit % 8;
	return is_new;
}

bool input_judge(void)
{
	unsigned long i, count, last = 0;
	bool is_new = false;

	if (kcov < 0)
		return false;
	count = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	for (i = 1; i <= count && i < TRACE; i++) {
		is_new |= block_new(trace[i]);
		is_new |= edge_new(last, trace[i]);
		last = trace[i];
	}
	if (!is_new)
		return false;
	/* What wasn't read says nothing. */
	now.len = at < now.len ? at : now.len;
	kept[kept_count < KEEP ? kept_count++ : below(KEEP)] = now;
	return true;
}

struct function {
	unsigned long at;
	char name[64];
	bool reached;
};

/* The module's functions as the kernel names them, but the compiler's; how many. */
static unsigned int functions(const char *module, struct function *all,
			      unsigned int max)
{
	char line[256], name[128], type, of[64];
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned int n = 0;
	unsigned long at;

	while (f && n < max && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx %c %127s [%63[^]]]", &at, &type, name,
			   of) != 4 ||
		    strcmp(of, module) || (type != 't' && type != 'T') ||
		    !strncmp(name, "__pfx_", 6) || !strncmp(name, "_sub_", 5))
			continue;
		all[n].at = at;
		snprintf(all[n].name, sizeof(all->name), "%.60s", name);
		all[n++].reached = false;
	}
	if (f)
		fclose(f);
	return n;
}

/* The one that this place is in. */
static struct function *function_of(struct function *all, unsigned int n,
				    unsigned long place)
{
	struct function *best = NULL;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (all[i].at <= place && (!best || best->at < all[i].at))
			best = &all[i];
	return best;
}

unsigned int cover_all(const char *module)
{
	static struct function all[1024];
	unsigned int n = functions(module, all, 1024), missing = 0, i;
	struct function *f;

	/* This process has reached nothing itself: it takes the first's place. */
	blocks = shared;
	block_count = 0;
	for (i = 0; i < sharers * BLOCKS; i++) {
		if (!shared[i])
			continue;
		f = function_of(all, n, shared[i]);
		if (f)
			f->reached = true;
		block_count += i < BLOCKS ? 1 : block_new(shared[i]);
	}
	for (i = 0; i < n; i++) {
		if (all[i].reached)
			continue;
		if (missing % 4 == 0)
			printf("%s#  ", missing ? "\n" : "");
		printf(" %s", all[i].name);
		missing++;
	}
	printf("%s# %u of %u functions of %s not reached\n",
	       missing ? "\n" : "", missing, n, module);
	return block_count;
}

void input_open(uint64_t seed, unsigned int id)
{
	unsigned int i;

	blocks = shared + (size_t)id * BLOCKS;
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (i = 0; i < 16; i++)
		rnd();
	kept = calloc(KEEP, sizeof(*kept));
	if (!kept)
		fuzz_wrong("memory", 0);
	cover_open();
}

static void fill(unsigned int from, unsigned int len)
{
	while (len--)
		now.bytes[from++] = rnd();
}

/* Makes room for LEN bytes, of which the caller says what they are. */
static unsigned int insert(unsigned int where, unsigned int len)
{
	if (len > INPUT_MAX - now.len)
		len = INPUT_MAX - now.len;
	memmove(now.bytes + where + len, now.bytes + where, now.len - where);
	now.len += len;
	return len;
}

static void cut(unsigned int where, unsigned int len)
{
	if (len > now.len - where)
		len = now.len - where;
	memmove(now.bytes + where, now.bytes + where + len,
		now.len - where - len);
	now.len -= len;
}

static void change(void)
{
	unsigned int where = below(now.len), len = 1 + below(24);
	const struct input *other;
	uint8_t copy[32];

	switch (now.len ? below(9) : 4) {
	case 0:
		now.bytes[where] ^= 1 << below(8);
		break;
	case 1:
		now.bytes[where] += below(33) - 16;
		break;
	case 2:
		now.bytes[where] = rnd();
		break;
	case 3:
		cut(where, len);
		break;
	case 4:
	case 5:
		fill(where, insert(where, len));
		break;
	case 6:
		/* Something is done twice. */
		if (len > now.len - where)
			len = now.len - where;
		memcpy(copy, now.bytes + where, len);
		where = below(now.len);
		memcpy(now.bytes + where, copy, insert(where, len));
		break;
	case 7:
		/* Goes on as another does. */
		other = &kept[below(kept_count)];
		if (where > other->len)
			where = other->len;
		memcpy(now.bytes + where, other->bytes + where,
		       other->len - where);
		now.len = other->len;
		break;
	default:
		/* Another, behind. */
		other = &kept[below(kept_count)];
		where = now.len;
		memcpy(now.bytes + where, other->bytes,
		       insert(where, other->len));
	}
}

void input_make(void)
{
	unsigned int n;

	at = 0;
	if (!kept_count || below(8) == 0) {
		now.len = 32 + below(INPUT_MAX - 32);
		fill(0, now.len);
		return;
	}
	/* Half of the time one of the last that were found. */
	n = kept_count > 16 && below(2) ? kept_count - 16 + below(16) :
					  below(kept_count);
	now = kept[n];
	for (n = 1 + below(6); n; n--)
		change();
	/* There is always something to do. */
	n = now.len;
	if (n < 32)
		fill(n, insert(n, 32 - n));
}

void input_print(unsigned int id)
{
	char hex[2 * INPUT_MAX + 1];
	unsigned int i;

	hex[0] = '\0';
	for (i = 0; i < now.len; i++)
		sprintf(hex + 2 * i, "%02x", now.bytes[i]);
	/* At once: it may be the last that is heard of the guest. */
	dprintf(STDOUT_FILENO, "# input %u %s\n", id, hex);
}

void input_take(const char *hex)
{
	unsigned int byte;

	at = 0;
	for (now.len = 0; now.len < INPUT_MAX; now.len++, hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			break;
		now.bytes[now.len] = byte;
	}
}

bool input_left(void)
{
	return at < now.len;
}

/* Behind the end there are zeros. */
static unsigned int next(void)
{
	if (at < now.len)
		return now.bytes[at++];
	return 0;
}

unsigned int fuzz_pick(unsigned int n)
{
	unsigned int value;

	if (n < 2)
		return 0;
	value = next();
	if (n > 256)
		value |= next() << 8;
	return value % n;
}

bool fuzz_one_in(unsigned int n)
{
	/* Not zero, which is what comes behind the end. */
	return next() % n == n - 1;
}

uint32_t fuzz_u32(void)
{
	static const uint32_t known[] = {
		0,     1,	   2,	  3,	      4,	 7,
		8,     15,	   16,	  127,	      128,	 255,
		256,   1023,	   1024,  4095,	      4096,	 32767,
		32768, 65535,	   65536, 0x7ffffffe, INT32_MAX, 0x80000000,
		~1U,   UINT32_MAX,
	};

	switch (fuzz_pick(4)) {
	case 0:
	case 1:
		return known[fuzz_pick(sizeof(known) / sizeof(*known))];
	case 2:
		return fuzz_pick(256);
	default:
		return next() | next() << 8 | next() << 16 | next() << 24;
	}
}

uint64_t fuzz_u64(void)
{
	uint64_t high = fuzz_one_in(4) ? fuzz_u32() : 0;

	return fuzz_one_in(16) ? UINT64_MAX : high << 32 | fuzz_u32();
}

size_t fuzz_length(size_t max)
{
	size_t len;

	switch (fuzz_pick(8)) {
	case 0:
		len = fuzz_u32();
		break;
	case 1:
		len = (size_t)fuzz_pick(256) << 8;
		break;
	case 2:
		len = fuzz_pick(4096);
		break;
	case 3:
		/* Near the end of a page, or of two. */
		len = 4096 * (1 + fuzz_pick(2)) - 16 + fuzz_pick(32);
		break;
	default:
		len = fuzz_pick(200);
	}
	return len > max ? len % (max + 1) : len;
}
