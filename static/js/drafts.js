// What one types is kept in this browser, per user and lead, until the server has confirmed it.

const PREFIX = "draft:", SENT = "draft-sent", PAUSE = 300;
const LEFT_OUT = ["csrfmiddlewaretoken", "key", "seen", "page", "act"];
const TYPED = ["subject", "body", "note"];
let timer;

// A browser may forbid storage; then there are no drafts, and everything else works.
function stored(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

const read = (form) => stored(() => JSON.parse(localStorage.getItem(PREFIX + form.dataset.draft)));
const remove = (name) => stored(() => localStorage.removeItem(PREFIX + name));
const write = (form, draft) => stored(() => localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(draft)));
const current = () => document.querySelector("form[data-draft]");

function save(form, more = {}) {
  clearTimeout(timer);
  const said = [...new FormData(form)].filter(([name]) => !LEFT_OUT.includes(name));
  const draft = { ...Object.fromEntries(said), ...more };
  if (TYPED.some((name) => draft[name]?.trim())) write(form, draft);
  else remove(form.dataset.draft);
  mark();
}

function mark() {
  const form = current();
  for (const words of form?.querySelectorAll("[data-draft-words]") ?? []) words.hidden = !read(form);
}

function restore(form, address) {
  const draft = read(form);
  if (!draft) return;
  // A method that was asked for by name wins over the one of the draft, and "5 min ago" was true only then.
  if (/[?&]method=/.test(address)) delete draft.method;
  if (Number(draft.when)) delete draft.when;
  for (const [name, value] of Object.entries(draft)) {
    const field = form.elements[name];
    if (!field) continue;
    if (field.type === "checkbox") field.checked = true;
    else if (field.type !== "select-one" || [...field.options].some((option) => option.value === value)) field.value = value;
  }
  mark();
  // The guard answered for the form as it was sent; htmx listens to the new form a moment after it arrived.
  setTimeout(() => htmx.findAll("#log-asks").forEach((asking) => htmx.trigger(asking, "verdict:ask")), 50);
}

function opened(form, address, again) {
  const cameWithText = form.elements.subject.value || form.elements.body.value;
  if (again || cameWithText) save(form);
  else restore(form, address);
}

document.addEventListener("dialog:open", ({ target, detail }) => {
  const form = target.querySelector("form[data-draft]");
  if (form) opened(form, detail.address, detail.again);
});

for (const name of ["input", "change"]) {
  document.addEventListener(name, ({ target }) => {
    const form = target.closest("form[data-draft]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => { if (form.isConnected) save(form); }, PAUSE);
  });
}

document.addEventListener("dialog:close", ({ target }) => {
  const form = target.querySelector("form[data-draft]");
  if (!form) return;
  save(form);
  if (!read(form)) return;
  const url = `${form.getAttribute("action")}?method=${form.elements.method.value}`;
  document.dispatchEvent(new CustomEvent("toast:show", { detail: { text: "Draft kept.", words: "Reopen", url } }));
});

// Until the answer is in, nobody knows whether it was logged: the same key makes sure that it is logged once.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt.matches("form[data-draft]")) save(elt, { key: elt.elements.key.value });
});
document.addEventListener("contact:logged", ({ detail }) => {
  clearTimeout(timer);
  remove(`${document.body.dataset.user}:${detail.lead}`);
});
document.addEventListener("htmx:afterSwap", mark);
addEventListener("pagehide", () => { if (current() && !current().ariaBusy) save(current()); });

// The page of its own: it has been logged once the lead's page comes next.
document.addEventListener("submit", ({ target }) => {
  if (target.matches("form[data-draft]:not([hx-post])")) stored(() => sessionStorage.setItem(SENT, target.dataset.draft));
  if (!target.matches("[data-sign-out]")) return;
  stored(() => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => localStorage.removeItem(key)));
  stored(() => sessionStorage.clear());
});
if (document.querySelector("main[data-page=lead]") && stored(() => sessionStorage.getItem(SENT))) remove(sessionStorage.getItem(SENT));
stored(() => sessionStorage.removeItem(SENT));
if (current()) opened(current(), location.search, false);
