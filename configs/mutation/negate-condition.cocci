// SPDX-License-Identifier: GPL-2.0
// Turn a condition round, unless all that hangs on it is to give up.
#include "site.cocci"

@@
expression c, e;
statement s, t;
position p : script:python() { site(p) };
@@
(
  if (c) return e;
|
  if (c) return;
|
  if (c) goto out_unlock;
|
  if@p (
-     c
+     !(c)
     ) s else t
|
  if@p (
-     c
+     !(c)
     ) s
|
  while@p (
-     c
+     !(c)
        ) s
)
