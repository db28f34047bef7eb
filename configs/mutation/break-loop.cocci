// SPDX-License-Identifier: GPL-2.0
// Leave a loop after its first turn.
#include "site.cocci"

@@
iterator it;
expression list es;
position p : script:python() { site(p) };
@@
  it@p(es) {
    ...
+   break;
  }
