// SPDX-License-Identifier: GPL-2.0
/*
 * The files of sysfs that idxd would have of the model.
 */
#include <stdio.h>

#include "../../../lib/model/files.h"
#include "model.h"

#define BUS	"sys/bus/dsa/devices"

static bool put_text(const char *root, const char *of, const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), BUS "/%s/%s", of, file);
	return put(root, path, value);
}

static bool put_number(const char *root, const char *of, const char *file, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return put_text(root, of, file, text);
}

static bool put_opcodes(const char *root, const char *of, const char *file, uint64_t opcodes)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "00000000,00000000,00000000,00000000,00000000,00000000,%08x,%08x",
		 (unsigned int)(opcodes >> 32), (unsigned int)opcodes);
	return put_text(root, of, file, text);
}

static bool show_queue(const char *root, const struct config *config, const char *name)
{
	const char *mode = config->dedicated ? "dedicated" : "shared";
	char folder[128];

	snprintf(folder, sizeof(folder), BUS "/%s", name);
	return make_folders(root, folder) && put_text(root, name, "type", "user") &&
	       put_text(root, name, "state", "enabled") && put_text(root, name, "mode", mode) &&
	       put_number(root, name, "block_on_fault", config->blocks) &&
	       put_number(root, name, "ats_disable", 0) &&
	       put_number(root, name, "prs_disable", 0) &&
	       put_number(root, name, "max_transfer_size", config->longest) &&
	       put_number(root, name, "max_batch_size", config->batch) &&
	       put_opcodes(root, name, "op_config", config->opcodes);
}

static bool show_device(const char *root, const struct config *config)
{
	return make_folders(root, BUS "/dsa0") && put_number(root, "dsa0", "pasid_enabled", 1) &&
	       put_text(root, "dsa0", "gen_cap", "0x1") &&
	       put_number(root, "dsa0", "max_transfer_size", config->longest) &&
	       put_number(root, "dsa0", "max_batch_size", config->batch) &&
	       put_opcodes(root, "dsa0", "op_cap", config->opcodes);
}

/**
 * show() - Make the files
 * @root: the folder that stands for /
 * @config: what the model is like
 *
 * Return: whether that could be done.
 */
bool show(const char *root, const struct config *config)
{
	char name[32];
	unsigned int i;

	if (!make_folders(root, "dev/dsa") || !show_device(root, config))
		return false;
	for (i = 0; i < config->queues; i++) {
		snprintf(name, sizeof(name), "wq0.%u", i);
		if (!show_queue(root, config, name))
			return false;
	}
	return true;
}
