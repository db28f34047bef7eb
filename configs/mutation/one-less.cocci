// SPDX-License-Identifier: GPL-2.0
// A number one smaller.
#include "site.cocci"

@@
constant c =~ "^[1-9][0-9]*$";
position p : script:python() { site(p) };
@@
- c@p
+ (c - 1)
