/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices and their properties, as sysfs has them below a folder.
 */
#ifndef _SVAC_LIST_H
#define _SVAC_LIST_H

#include <stdbool.h>

bool list_has(const char *only, const char *name);
int list_names(const char *root, const char *folder, const char *only, char names[][32], int most);
const char *list_value(const char *root, const char *folder, const char *of, const char *file);

#endif /* _SVAC_LIST_H */
