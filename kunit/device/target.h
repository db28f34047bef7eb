/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one device that the cases may touch: the one that was named.
 */
#ifndef _SVAC_DEVICE_TARGET_H
#define _SVAC_DEVICE_TARGET_H

struct device;

/**
 * struct svac_choice - what whoever loads the module has said
 * @device: "bus:name", or NULL
 * @force: take it with a driver bound, too
 * @peer: a process whose memory may be bound besides our own, or 0
 */
struct svac_choice {
	char *device;
	bool force;
	int peer;
};

extern struct svac_choice svac_choice;

struct device *svac_target_take(const char **why);
void svac_target_release(struct device *dev);

#endif /* _SVAC_DEVICE_TARGET_H */
