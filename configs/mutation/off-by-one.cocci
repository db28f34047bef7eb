// SPDX-License-Identifier: GPL-2.0
// A number one larger.
#include "site.cocci"

@@
constant c =~ "^[0-9]+$";
position p : script:python() { site(p) };
@@
- c@p
+ (c + 1)
