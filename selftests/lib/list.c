// SPDX-License-Identifier: GPL-2.0
/*
 * Devices and their properties, as sysfs has them below a folder.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

/**
 * list_has() - Is a name among some
 * @only: names with commas in between; NULL or "" for all
 * @name: the name
 *
 * Return: whether it is.
 */
bool list_has(const char *only, const char *name)
{
	size_t length = strlen(name);
	const char *at;

	if (!only || !*only)
		return true;
	for (at = strstr(only, name); at; at = strstr(at + 1, name))
		if ((at == only || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/**
 * list_names() - What is in a folder, in the order of its name
 * @root: what lies below is taken for /
 * @folder: below it
 * @only: see list_has()
 * @names: receives the names
 * @most: so many at most
 *
 * Return: how many, or -1 if there is no such folder.
 */
int list_names(const char *root, const char *folder, const char *only, char names[][32], int most)
{
	struct dirent **entries = NULL;
	int count, i, found = 0;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	count = scandir(path, &entries, NULL, alphasort);
	for (i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (found < most && name[0] != '.' && strlen(name) < 32 && list_has(only, name))
			strcpy(names[found++], name);
		free(entries[i]);
	}
	free(entries);
	return count < 0 ? -1 : found;
}

/**
 * list_value() - The first line of a file
 * @root: see list_names()
 * @folder: likewise
 * @of: the device
 * @file: of it
 *
 * Return: the line until the next call of this thread; empty if there is none.
 */
const char *list_value(const char *root, const char *folder, const char *of, const char *file)
{
	static _Thread_local char value[256];
	char path[512];
	FILE *stream;

	value[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s/%s/%s", root, folder, of, file);
	stream = fopen(path, "re");
	if (!stream)
		return value;
	if (!fgets(value, sizeof(value), stream))
		value[0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	fclose(stream);
	return value;
}
