// SPDX-License-Identifier: GPL-2.0-or-later
/* A message bus: signals, which nobody answers. */
#include <dbus/dbus.h>
#include <stdio.h>

#include "fanout.h"

#define INTERFACE "org.example.Bench"

static int good(const DBusError *e)
{
	if (dbus_error_is_set(e))
		fprintf(stderr, "dbus: %s\n", e->message);
	return dbus_error_is_set(e) ? -1 : 0;
}

static void *connect_to(const char *address, int subscribe)
{
	DBusConnection *c;
	DBusError e;

	dbus_error_init(&e);
	c = dbus_connection_open_private(address, &e);
	if (good(&e))
		return NULL;
	dbus_bus_register(c, &e);
	if (good(&e))
		return NULL;
	if (subscribe)
		dbus_bus_add_match(c, "type='signal',interface='" INTERFACE "'",
				   &e);
	return good(&e) ? NULL : c;
}

static int queue(void *c, const void *data, size_t len)
{
	DBusMessage *m = dbus_message_new_signal("/", INTERFACE, TOPIC);
	int bad = !m ||
		  !dbus_message_append_args(m, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE,
					    &data, (int)len,
					    DBUS_TYPE_INVALID) ||
		  !dbus_connection_send(c, m, NULL);

	if (m)
		dbus_message_unref(m);
	return bad ? -1 : 0;
}

static int publish_many(void *c, const void *data, size_t len,
			unsigned int count)
{
	const char *at = data;

	for (; count; count--, at += len)
		if (queue(c, at, len))
			return -1;
	dbus_connection_flush(c);
	return 0;
}

static int publish(void *c, const void *data, size_t len)
{
	return publish_many(c, data, len, 1);
}

static int receive(void *c)
{
	const void *data;
	DBusMessage *m;
	int len;

	if (!dbus_connection_read_write(c, -1))
		return -1;
	while ((m = dbus_connection_pop_message(c))) {
		if (dbus_message_is_signal(m, INTERFACE, TOPIC) &&
		    dbus_message_get_args(m, NULL, DBUS_TYPE_ARRAY,
					  DBUS_TYPE_BYTE, &data, &len,
					  DBUS_TYPE_INVALID))
			got(data, len);
		dbus_message_unref(m);
	}
	return 0;
}

const struct broker broker_dbus = {
	.name = "dbus",
	.open = connect_to,
	.publish = publish,
	.publish_many = publish_many,
	.receive = receive,
};
