// What is typed into a form that leaves the page is kept in this browser, per user, until it has been saved.
// Signing out removes it together with the drafts (drafts.js): the names begin alike.

const PREFIX = "draft:", SENT = "typed-sent", PAUSE = 300;
const LEFT_OUT = ["csrfmiddlewaretoken", "key", "known"];
const form = document.querySelector("form[data-typed]");
const slot = form && PREFIX + form.dataset.typed;
const isSentBack = form && "sentBack" in form.dataset;
let pristine, timer, isTouched = false;

function values() {
  const values = {};
  for (const [name, value] of new FormData(form)) if (!LEFT_OUT.includes(name)) (values[name] ??= []).push(value);
  for (const { dataset } of form.querySelectorAll("[data-addresses]")) {
    values[dataset.addresses] = (values[dataset.addresses] ?? []).filter((value) => value.trim());
  }
  return values;
}

// What an edit's page has shown is kept beside what was typed, and is not itself typed.
function typed(values) {
  return JSON.stringify(Object.entries(values).filter(([name]) => !name.startsWith("initial-")).sort());
}

function save() {
  clearTimeout(timer);
  // Signed out in another tab: nothing is kept here either.
  if (document.documentElement.dataset.login === "out") return;
  const now = values();
  try {
    if (typed(now) === typed(pristine)) localStorage.removeItem(slot);
    else localStorage.setItem(slot, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing asks before the page is left (enhance.js).
    form.dataset.guardLeave = "";
  }
}

function fill(values) {
  const groups = [...form.querySelectorAll("[data-addresses]")];
  for (const group of groups) setRows(group, values[group.dataset.addresses] ?? []);
  for (const [name, [value]] of Object.entries(values)) {
    const field = groups.some(({ dataset }) => dataset.addresses === name) ? null : form.elements[name];
    if (field && (!field.options || [...field.options].some((option) => option.value === value))) field.value = value;
  }
  form.dispatchEvent(new Event("typed:back"));
}

function bringBack() {
  const kept = JSON.parse(localStorage.getItem(slot));
  // What the server sent back is newer than what was kept.
  if (isSentBack) return save();
  if (!kept || typed(kept) === typed(pristine)) return;
  fill(kept);
  form.querySelector("[data-typed-back]").hidden = false;
}

function discard() {
  localStorage.removeItem(slot);
  fill(pristine);
  isTouched = false;
  form.querySelector("[data-typed-back]").hidden = true;
  form.querySelector("input:not([type=hidden])").focus();
}

function start() {
  pristine = isSentBack ? {} : values();
  bringBack();
  for (const name of ["input", "change"]) {
    form.addEventListener(name, () => {
      isTouched = true;
      clearTimeout(timer);
      timer = setTimeout(save, PAUSE);
    });
  }
  form.querySelector("[data-typed-discard]").addEventListener("click", discard);
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, slot));
  addEventListener("pagehide", () => { if (isTouched) save(); });
  // Saved in another tab, it is not to be saved a second time from here.
  addEventListener("storage", ({ key, newValue }) => {
    if (key === slot && newValue === null && !isTouched) discard();
  });
}

// It has been saved if the lead's page comes next, or the one that logs a contact with it.
if (document.querySelector("main[data-page=lead], form[data-draft]")) localStorage.removeItem(sessionStorage.getItem(SENT));
sessionStorage.removeItem(SENT);
if (form) start();
