// SPDX-License-Identifier: GPL-2.0
// Leave out taking a reference.
#include "site.cocci"

@@
identifier f = {mmgrab};
expression list es;
position p : script:python() { site(p) };
@@
- f@p(es);
