// SPDX-License-Identifier: GPL-2.0
/*
 * The files of sysfs that idxd would have of the model.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "model.h"

#define BUS	"sys/bus/dsa/devices"

static bool make_folders(const char *root, const char *below)
{
	char path[512], *at;

	snprintf(path, sizeof(path), "%s/%s/", root, below);
	for (at = strchr(path + strlen(root) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return false;
		*at = '/';
	}
	return true;
}

static bool put(const char *root, const char *of, const char *file, const char *format, ...)
{
	char path[512];
	va_list values;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/" BUS "/%s/%s", root, of, file);
	stream = fopen(path, "we");
	if (!stream)
		return false;
	va_start(values, format);
	vfprintf(stream, format, values);
	va_end(values);
	fputc('\n', stream);
	return !fclose(stream);
}

static bool show_opcodes(const char *root, const char *of, const char *file, uint64_t opcodes)
{
	return put(root, of, file, "00000000,00000000,00000000,00000000,00000000,00000000,%08x,%08x",
		   (unsigned int)(opcodes >> 32), (unsigned int)opcodes);
}

static bool show_queue(const char *root, const struct config *config, const char *name)
{
	char folder[128];

	snprintf(folder, sizeof(folder), BUS "/%s", name);
	return make_folders(root, folder) && put(root, name, "type", "user") &&
	       put(root, name, "state", "enabled") &&
	       put(root, name, "mode", "%s", config->dedicated ? "dedicated" : "shared") &&
	       put(root, name, "block_on_fault", "%d", config->blocks) &&
	       put(root, name, "ats_disable", "0") && put(root, name, "prs_disable", "0") &&
	       put(root, name, "max_transfer_size", "%llu", (unsigned long long)config->longest) &&
	       show_opcodes(root, name, "op_config", config->opcodes);
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

	if (!make_folders(root, "dev/dsa") || !make_folders(root, BUS "/dsa0") ||
	    !put(root, "dsa0", "pasid_enabled", "1") || !put(root, "dsa0", "gen_cap", "%#x", 1) ||
	    !put(root, "dsa0", "max_transfer_size", "%llu", (unsigned long long)config->longest) ||
	    !show_opcodes(root, "dsa0", "op_cap", config->opcodes))
		return false;
	for (i = 0; i < config->queues; i++) {
		snprintf(name, sizeof(name), "wq0.%u", i);
		if (!show_queue(root, config, name))
			return false;
	}
	return true;
}
