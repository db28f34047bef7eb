// SPDX-License-Identifier: GPL-2.0
// A form whose fields stand in the URL's hash, so that a link or a reload shows the same.
"use strict";

// extra: names of the hash that no field has; changed(values) is called at once and after changes
svacheck.filters = (form, changed, extra = []) => {
  const fields = [...form.elements].filter((field) => field.name);
  const names = [...fields.map((field) => field.name), ...extra];
  let values = {};

  const read = () => {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return; // of a heading
    const asked = new URLSearchParams(hash);
    values = Object.fromEntries(names.map((name) => [name, asked.get(name) ?? ""]));
    for (const field of fields) {
      field.value = values[field.name];
      // What a list does not offer matches nothing here: show all of it instead
      if (field.value !== values[field.name]) values[field.name] = field.value = "";
    }
  };
  const write = () => {
    const told = Object.entries(values).filter(([, value]) => value);
    const hash = told.length ? `#${new URLSearchParams(told)}` : " ";
    history.replaceState(null, "", hash === " " ? location.href.split("#")[0] : hash);
  };
  const set = (more) => {
    values = { ...values, ...more };
    for (const field of fields) field.value = values[field.name];
    write();
    changed(values);
  };

  form.addEventListener("input", () => {
    const chosen = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    set({ ...Object.fromEntries(extra.map((name) => [name, ""])), ...chosen });
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    set(Object.fromEntries(names.map((name) => [name, ""])));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", () => {
    read();
    changed(values);
  });
  values = Object.fromEntries(names.map((name) => [name, ""]));
  read();
  changed(values);
  return { set };
};

// Whether all words of a search are somewhere in one of the texts
svacheck.matches = (search, ...texts) => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = texts.join("\n").toLowerCase();
  return words.every((one) => text.includes(one));
};
