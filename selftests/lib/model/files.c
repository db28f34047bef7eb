// SPDX-License-Identifier: GPL-2.0
/*
 * The files of sysfs that there would be of the devices of a model.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"

/**
 * make_folders() - Make a folder, and those above it
 * @root: which is there
 * @below: it
 *
 * Return: whether it is there.
 */
bool make_folders(const char *root, const char *below)
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

/**
 * put() - Write a file as sysfs has them
 * @root: the folder that stands for /
 * @file: below it
 * @value: its line
 *
 * Return: whether it is written.
 */
bool put(const char *root, const char *file, const char *value)
{
	char path[512];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", root, file);
	stream = fopen(path, "we");
	if (!stream)
		return false;
	fprintf(stream, "%s\n", value);
	return !fclose(stream);
}
