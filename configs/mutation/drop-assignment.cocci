// SPDX-License-Identifier: GPL-2.0
// Leave out an assignment.
#include "site.cocci"

@@
identifier f != {ERR_PTR, PTR_ERR};
expression e, x, v;
expression list es;
position p : script:python() { site(p) };
@@
(
  x = f(es);
|
  x = e->f(es);
|
- x =@p v;
)
