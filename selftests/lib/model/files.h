/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of sysfs that there would be of the devices of a model.
 */
#ifndef _SVAC_MODEL_FILES_H
#define _SVAC_MODEL_FILES_H

#include <stdbool.h>

bool make_folders(const char *root, const char *below);
bool put(const char *root, const char *file, const char *value);

#endif /* _SVAC_MODEL_FILES_H */
