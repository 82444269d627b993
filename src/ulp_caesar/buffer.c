// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers that data passes through on its way, in a cache of their own: kmalloc()
 * may clear what it hands out (init_on_alloc), which costs as much as the shift.
 * What is in one is seen by nobody but who has written it.
 */
#include <linux/slab.h>

#include "ulp_caesar.h"

static struct kmem_cache *caesar_buffers;

/* Memory that a constructor has seen isn't cleared. */
static void caesar_construct(void *buf)
{
}

/**
 * caesar_buffers_init() - make the cache
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int __init caesar_buffers_init(void)
{
	caesar_buffers = kmem_cache_create_usercopy("ulp_caesar", CAESAR_ROOM,
						    0, 0, 0, CAESAR_ROOM,
						    caesar_construct);
	return caesar_buffers ? 0 : -ENOMEM;
}

/**
 * caesar_buffers_exit() - take the cache away
 *
 * Context: process context, may sleep; no buffer is in use.
 */
void caesar_buffers_exit(void)
{
	kmem_cache_destroy(caesar_buffers);
}

/**
 * caesar_get_buffer() - get a buffer that fits a call
 * @small: one of CAESAR_SMALL bytes, on the caller's stack: for few bytes, or
 *	for want of memory
 * @len: how many bytes are to pass through it
 * @room: how many it can hold at a time
 * @gfp: how memory may be allocated
 *
 * Context: process context, may sleep if @gfp says so.
 * Return: the buffer, for caesar_put_buffer().
 */
u8 *caesar_get_buffer(u8 *small, size_t len, size_t *room, gfp_t gfp)
{
	u8 *buf = NULL;

	if (len > CAESAR_SMALL)
		buf = kmem_cache_alloc(caesar_buffers, gfp | __GFP_NOWARN |
						       __GFP_NORETRY);
	*room = buf ? CAESAR_ROOM : CAESAR_SMALL;
	return buf ? buf : small;
}

/**
 * caesar_put_buffer() - give a buffer back
 * @buf: what caesar_get_buffer() returned
 * @small: what it was given
 *
 * Context: any.
 */
void caesar_put_buffer(u8 *buf, u8 *small)
{
	if (buf != small)
		kmem_cache_free(caesar_buffers, buf);
}
