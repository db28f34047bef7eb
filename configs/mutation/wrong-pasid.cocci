// SPDX-License-Identifier: GPL-2.0
// Use the next PASID.
#include "site.cocci"

@@
identifier f;
expression e;
expression list[n] before;
expression list after;
position p : script:python() { site(p) };
@@
(
  f(before,
-   pasid@p
+   pasid + 1
    , after)
|
  e->f(before,
-   pasid@p
+   pasid + 1
    , after)
)
