// A login that ended under an open page: the page stays, says so and keeps what was typed; with the same user back it
// goes on where it was. Whoever signs out on purpose leaves nothing typed behind, in any tab of the browser.
// Hears login:doubt (an answer was refused); dispatches login:ended, and login:back.

const LOGIN = "login", OUT = "out", NOBODY = "nobody", FORGET = "forget-typed", REOPEN = "reopen", DRAFT = "draft:";
const user = document.body.dataset.user;
const WORDS = "You are signed out. Sign in to go on; what you typed is kept.";
const OTHER = "Somebody else has signed in in this browser. What you typed is kept for when you are back.";
const here = () => location.pathname + location.search;
let notice, asking, opened, someone;

const tell = (name) => document.dispatchEvent(new CustomEvent(name));

// Who this browser is signed in as now.
async function ask() {
  const answer = await fetch("/signed-in/", { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function doubt({ detail } = {}) {
  try {
    asking ??= ask();
    const now = await asking;
    asking = null;
    if (now.user !== user) return ended(now.user);
    renew(now.token);
    back();
    detail?.retry?.();
  } catch {
    asking = null;
    detail?.give?.();
  }
}

// A login renews the token: the forms of an older page go on with the new one.
function renew(token) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "X-CSRFToken": token };
  document.body.setAttribute("hx-headers", JSON.stringify(headers));
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
}

function back() {
  notice?.remove();
  notice = null;
  delete document.documentElement.dataset.login;
  tell("login:back");
}

function ended(other) {
  if (localStorage.getItem(LOGIN) === OUT) return forgotten();
  document.documentElement.dataset.login = other ? "other" : "ended";
  tell("login:ended");
  if (other) hide();
  someone = other;
  show();
}

// Nothing of this user's is left in view of the next: the page itself is hidden by its style (badges.css).
function hide() {
  document.getElementById("dialog-slot").replaceChildren();
}

function show() {
  const dialog = document.querySelector("dialog[open]");
  const holder = dialog?.querySelector(".log-body") ?? dialog?.querySelector("form") ?? document.querySelector("main");
  const [sentence, link] = ["span", "a"].map((name) => document.createElement(name));
  notice ??= document.createElement("div");
  notice.className = "notice is-info login-ended";
  notice.role = "alert";
  sentence.textContent = someone ? OTHER : WORDS;
  link.className = "button is-primary is-small";
  link.href = someone ? here() : `/sign-in/?next=${encodeURIComponent(here())}`;
  link.textContent = someone ? "Go on" : "Sign in";
  link.addEventListener("click", leave);
  notice.replaceChildren(icon(), sentence, link);
  if (notice.parentElement !== holder) holder.prepend(notice);
}

function icon() {
  const icon = document.querySelector("svg.i:has(use)").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#lock"));
  icon.setAttribute("class", "i");
  return icon;
}

// What is open comes back with the page; and one leaves on purpose, so nobody need be asked.
function leave() {
  if (opened) sessionStorage.setItem(REOPEN, JSON.stringify({ user, page: here(), address: opened }));
  for (const form of document.querySelectorAll("form[data-changed]")) delete form.dataset.changed;
}

function reopen() {
  const { user: whose, page, address } = JSON.parse(sessionStorage.getItem(REOPEN)) ?? {};
  sessionStorage.removeItem(REOPEN);
  if (whose === user && page === here()) htmx.ajax("get", address, "#dialog-slot");
}

function forget() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFT)) localStorage.removeItem(key);
  sessionStorage.clear();
}

// Signed out in another tab: this one keeps nothing either.
function forgotten() {
  document.documentElement.dataset.login = OUT;
  for (const form of document.querySelectorAll("form[data-changed]")) delete form.dataset.changed;
  forget();
  hide();
  location.replace(`/sign-in/?next=${encodeURIComponent(here())}`);
}

function elsewhere({ key, newValue }) {
  if (key !== LOGIN || !newValue) return;
  if (user && newValue === OUT) forgotten();
  else if (user) doubt();
  // In a tab that waits at the sign-in page the user need not sign in once more.
  else if (newValue !== OUT && newValue !== NOBODY) location.replace(document.querySelector("[data-sign-in] [name=next]")?.value ?? "/");
}

if (document.cookie.includes(`${FORGET}=`)) {
  localStorage.setItem(LOGIN, OUT);
  document.cookie = `${FORGET}=; path=/; max-age=0`;
}
// Also what a page still wrote while it was being left.
if (!user && localStorage.getItem(LOGIN) === OUT) forget();
else if (!user && document.querySelector("[data-sign-in]")) localStorage.setItem(LOGIN, NOBODY);
if (user) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "X-Page-User": user };
  document.body.setAttribute("hx-headers", JSON.stringify(headers));
  localStorage.setItem(LOGIN, user);
  document.addEventListener("login:doubt", doubt);
  document.addEventListener("DOMContentLoaded", reopen);
  document.addEventListener("dialog:open", ({ detail }) => { opened = detail.address; });
  document.addEventListener("dialog:close", () => {
    opened = null;
    setTimeout(() => { if (notice) show(); });
  });
  document.addEventListener("contact:logged", () => { opened = null; });
  for (const name of ["visibilitychange", "focus"]) {
    addEventListener(name, () => { if (notice && !document.hidden) doubt(); }, true);
  }
  addEventListener("submit", (event) => {
    if (!document.documentElement.dataset.login || !event.target.matches("[method=post]:not([data-sign-out])")) return;
    event.preventDefault();
    event.stopPropagation();
    doubt();
  }, true);
}
addEventListener("storage", elsewhere);
