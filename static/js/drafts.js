// What one types is kept in this browser, per user and lead, until the server has confirmed it.

const PREFIX = "draft:", SENT = "draft-sent", PAUSE = 300;
const LEFT_OUT = ["csrfmiddlewaretoken", "seen", "page", "act", "text", "recipient_id", "attempt_id"];
const TYPED = ["subject", "body", "note"];
const current = () => document.querySelector("form[data-draft]");
const read = (form) => JSON.parse(localStorage.getItem(PREFIX + form.dataset.draft));
const changed = () => document.dispatchEvent(new CustomEvent("drafts:changed"));
let timer;

function remove(name) {
  localStorage.removeItem(PREFIX + name);
  changed();
}

// The time is of the last change: opening it and closing it again is none.
function keep(form, values) {
  const { kept, ...before } = read(form) ?? {};
  const isSame = JSON.stringify(before) === JSON.stringify(values);
  localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ ...values, kept: isSame ? kept : Date.now() }));
  changed();
}

function save(form) {
  clearTimeout(timer);
  if (document.documentElement.dataset.login === "out") return;
  const without = form.dataset.sent ? LEFT_OUT : [...LEFT_OUT, "key"];
  const values = Object.fromEntries([...new FormData(form)].filter(([name]) => !without.includes(name)));
  if (TYPED.some((name) => values[name]?.trim())) {
    keep(form, values);
  } else {
    remove(form.dataset.draft);
  }
  mark();
}

function mark() {
  const words = current()?.querySelector("[data-draft-words]");
  if (words) words.hidden = !read(current());
}

function open(form, address, again) {
  const draft = read(form);
  // What the server sent back is newer than what was kept.
  if (again || form.elements.subject.value || form.elements.body.value) save(form);
  else if (draft) restore(form, draft, address);
}

function restore(form, draft, address) {
  // A method named in the address wins over the draft's, and "5 min ago" was true only then.
  if (address.includes("method=")) delete draft.method;
  if (Number(draft.when)) delete draft.when;
  if (draft.key) sent(form);
  for (const [name, value] of Object.entries(draft)) {
    const field = form.elements[name];
    const isThere = field && (!field.options || [...field.options].some((option) => option.value === value));
    if (field?.type === "checkbox") field.checked = true;
    else if (isThere) field.value = value;
  }
  mark();
  // The guard answered for the form as it was sent.
  htmx.trigger("#log-asks", "verdict:ask");
}

document.addEventListener("dialog:open", ({ target, detail }) => {
  const form = target.querySelector("form[data-draft]");
  if (form) open(form, detail.address, detail.again);
});
document.addEventListener("dialog:close", ({ target }) => {
  const form = target.querySelector("form[data-draft]");
  if (!form) return;
  save(form);
  const url = `${form.getAttribute("action")}?method=${form.elements.method.value}`;
  if (read(form)) say("Draft kept.", "Reopen", () => htmx.ajax("get", url, "#dialog-slot"));
});
for (const name of ["input", "change"]) {
  document.addEventListener(name, ({ target }) => {
    if (!target.closest("form[data-draft]")) return;
    clearTimeout(timer);
    timer = setTimeout(() => { if (target.form?.isConnected) save(target.form); }, PAUSE);
  });
}
document.addEventListener("login:ended", () => { if (current()) save(current()); });
addEventListener("pagehide", () => { if (current() && !current().ariaBusy) save(current()); });
document.addEventListener("htmx:afterSwap", mark);

// Until the answer is in, nobody knows whether it was logged: the same key makes sure that it is logged once. Nor does
// a reason that is asked for meanwhile, perhaps because of this very contact, hold back the second try.
function sent(form) {
  form.dataset.sent = "true";
  form.noValidate = true;
}
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (!elt.matches("form[data-draft]")) return;
  sent(elt);
  save(elt);
});
document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
  if (elt.id === "log-asks" && current().dataset.sent) parameters.key = current().elements.key.value;
});
// Whether it was logged is asked as soon as the answer is known to be lost.
for (const name of ["sendError", "timeout", "responseError"]) {
  document.addEventListener(`htmx:${name}`, ({ detail: { elt } }) => {
    if (elt.matches("form[data-draft]")) setTimeout(() => htmx.trigger("#log-asks", "verdict:ask"));
  });
}
document.addEventListener("contact:logged", ({ detail }) => {
  clearTimeout(timer);
  remove(`${document.body.dataset.user}:${detail.lead}`);
});

document.addEventListener("submit", ({ target }) => {
  // The page of its own: it has been logged if the lead's page comes next.
  if (target.matches("form[data-draft]:not([hx-post])")) {
    sessionStorage.setItem(SENT, target.dataset.draft);
    sent(target);
    save(target);
  }
});
if (document.querySelector("main[data-page=lead]")) remove(sessionStorage.getItem(SENT));
sessionStorage.removeItem(SENT);
// htmx gets to the page at this same event, just before.
document.addEventListener("DOMContentLoaded", () => { if (current()) open(current(), location.search); });
