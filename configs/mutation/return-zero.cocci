// SPDX-License-Identifier: GPL-2.0
// Return 0, NULL or false instead of what was meant; errors are swap-errno's.
#include "site.cocci"

@@
expression e != 0;
constant c;
position p : script:python() { site(p) };
@@
(
  return -c;
|
  return ERR_PTR(-c);
|
  return NULL;
|
  return false;
|
- return@p e;
+ return 0;
)
