// What is typed into a small form (a reason, a note, limits) outlives a reload and a new login, in its own tab and for
// its own user. Drafts (drafts.js) and forms with data-typed are kept by themselves.

const PREFIX = "fields:", SENT = "fields-sent", PAUSE = 300, REFUSED = 400, INVALID = 422;
const FORMS = "form[method=post]:not([data-draft], [data-typed], [data-sign-in], [data-sign-out])";
const TYPED = "textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit])";
const user = document.body.dataset.user;
let timer;

const pathOf = (form) => new URL(form.getAttribute("action") || location.href, location).pathname;
const nameOf = (form) => `${PREFIX}${user}:${pathOf(form)}`;
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches(TYPED));
const isTicked = ({ type }) => ["checkbox", "radio"].includes(type);

function isChanged(field) {
  if (isTicked(field)) return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

function save(form) {
  const isOut = document.documentElement.dataset.login === "out";
  const changed = isOut ? [] : fieldsOf(form).filter(isChanged);
  const values = changed.map((field) => [field.name, field.value, isTicked(field) ? field.checked : null]);
  // A choice alone is made again in a moment; words are not.
  if (changed.some((field) => !isTicked(field) && !field.options)) sessionStorage.setItem(nameOf(form), JSON.stringify(values));
  else sessionStorage.removeItem(nameOf(form));
}

function restore(form) {
  const kept = JSON.parse(sessionStorage.getItem(nameOf(form)));
  // What the server sent back, or was brought back otherwise, is newer.
  if (!kept || fieldsOf(form).some(isChanged) || form.querySelector("[aria-invalid=true]")) return;
  for (const [name, value, isChecked] of kept) {
    const field = fieldsOf(form).find((one) => one.name === name && (isChecked === null || one.value === value));
    if (!field) continue;
    if (isChecked === null) field.value = value;
    else field.checked = isChecked;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Only in what has just come: a long timeline has a form in each of its entries.
function restoreIn({ target }) {
  if (target.matches?.(FORMS)) restore(target);
  target.querySelectorAll(FORMS).forEach(restore);
}

function forget(form) {
  clearTimeout(timer);
  sessionStorage.removeItem(nameOf(form));
}

function typed({ target: { form } }) {
  if (!form?.matches(FORMS)) return;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE, form);
}

// A form that left the page has been taken if any page of ours but an error, or the way to sign in, came next.
function arrived() {
  const status = performance.getEntriesByType("navigation")[0]?.responseStatus;
  const isTaken = status < REFUSED || status === INVALID;
  if (isTaken) sessionStorage.removeItem(sessionStorage.getItem(SENT));
  sessionStorage.removeItem(SENT);
}

if (!user) sessionStorage.removeItem(SENT);
else {
  arrived();
  restoreIn({ target: document });
  for (const name of ["input", "change"]) document.addEventListener(name, typed);
  document.addEventListener("submit", ({ target }) => {
    if (!target.matches(FORMS) || target.hasAttribute("hx-post")) return;
    save(target);
    sessionStorage.setItem(SENT, nameOf(target));
  });
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr, pathInfo } }) => {
    const form = elt.closest(FORMS);
    if (!form || pathOf(form) !== new URL(pathInfo.requestPath, location).pathname) return;
    save(form);
    xhr.addEventListener("load", () => { if (xhr.status < REFUSED) forget(form); });
  });
  document.addEventListener("htmx:afterSwap", restoreIn);
  document.addEventListener("dialog:open", restoreIn);
  // Closed on purpose, nothing is left of it.
  document.addEventListener("dialog:close", ({ target }) => {
    target.querySelectorAll(FORMS).forEach(forget);
  });
  const saveAll = () => document.querySelectorAll(FORMS).forEach(save);
  addEventListener("pagehide", saveAll);
  document.addEventListener("login:ended", saveAll);
}
