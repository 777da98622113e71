// A draft that is kept in this browser shows at its lead, on the lead's page and in the list, with the way back to it.

const user = document.body.dataset.user;
const main = document.querySelector("main[data-page=lead], main[data-page=leads]");
// Other forms keep their text under longer names.
const DRAFT = new RegExp(`^draft:${user}:([0-9a-f-]{36})$`);
const zone = document.body.dataset.zone;
const format = (moment, parts) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...parts }).format(moment);
let timer;

// By lead.
function drafts() {
  const names = Object.keys(localStorage).filter((name) => DRAFT.test(name));
  return new Map(names.map((name) => [DRAFT.exec(name)[1], { name, ...JSON.parse(localStorage.getItem(name)) }]));
}

// "10:24", "on 12 Nov"; a draft of an earlier version has no time.
function when({ kept }) {
  if (!kept) return "";
  const day = { day: "numeric", month: "short" };
  const isToday = format(kept, day) === format(Date.now(), day);
  return isToday ? ` ${format(kept, { hour: "2-digit", minute: "2-digit" })}` : ` on ${format(kept, day)}`;
}

function button(words, data) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: words });
  for (const [name, value] of Object.entries(data)) button.setAttribute(name, value);
  return button;
}

// Opened by the draft's own method, so that the guard answers for it at once.
function reopening(words, logUrl, { method }) {
  const url = method ? `${logUrl.replace(/\?.*/, "")}?method=${method}` : logUrl;
  return button(words, { "hx-get": url, "hx-target": "#dialog-slot", "data-dialog-url": "" });
}

function onPage(lead, draft) {
  const place = document.querySelector("#guard-rows .guard-list");
  const link = document.querySelector("#guard-rows [data-key=n]");
  if (!place || !link || lead !== main.dataset.lead) return;
  const mark = document.createElement("p");
  const words = document.createElement("span");
  mark.className = "draft-mark";
  words.textContent = `Draft kept${when(draft)}`;
  const reopen = reopening("Reopen", link.getAttribute("hx-get"), draft);
  const discard = button("Discard", { "data-draft-discard": lead });
  reopen.className = discard.className = "link-button";
  mark.append(icon(), words, reopen, discard);
  put(mark, lead, `${words.textContent} ${draft.method}`, () => place.after(mark));
}

function inList(lead, draft) {
  const row = document.getElementById(`row-${lead}`);
  const log = row?.querySelector("[data-row-log]");
  if (!log) return;
  const mark = reopening(`Draft${when(draft)}`, log.getAttribute("hx-get"), draft);
  const name = row.querySelector("[data-row-link]");
  mark.className = "draft-mark badge";
  mark.ariaLabel = `Reopen the draft to ${name.textContent}, kept${when(draft)}`;
  put(mark, lead, `${mark.textContent} ${draft.method}`, () => name.before(mark));
}

function icon() {
  const icon = document.querySelector("svg.i:has(use)").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#undo-2"));
  icon.setAttribute("class", "i");
  return icon;
}

function put(mark, lead, words, place) {
  const old = main.querySelector(`[data-draft-of="${lead}"]`);
  if (old?.dataset.words === words) return;
  mark.dataset.draftOf = lead;
  mark.dataset.words = words;
  old?.remove();
  place();
  htmx.process(mark);
}

function mark() {
  const all = drafts();
  for (const old of main.querySelectorAll("[data-draft-of]")) if (!all.has(old.dataset.draftOf)) old.remove();
  for (const [lead, draft] of all) (main.dataset.page === "lead" ? onPage : inList)(lead, draft);
}

function discard({ target }) {
  const lead = target.closest("[data-draft-discard]")?.dataset.draftDiscard;
  if (!lead) return;
  const name = `draft:${user}:${lead}`, kept = localStorage.getItem(name);
  const form = target.closest("form[data-draft]");
  // With nothing in its fields the dialog closes without a word about a draft.
  if (form) for (const field of form.querySelectorAll("#id_subject, #id_body, #id_note")) field.value = "";
  form?.closest("dialog")?.close();
  localStorage.removeItem(name);
  if (main) mark();
  if (kept) say("Draft discarded", "Undo", () => { localStorage.setItem(name, kept); if (main) mark(); });
}

if (user) document.addEventListener("click", discard);
if (user && main) {
  // Regions and rows are replaced by whatever happens.
  new MutationObserver(() => { timer ??= setTimeout(() => { timer = null; mark(); }, 0); })
    .observe(main, { childList: true, subtree: true });
  mark();
  document.addEventListener("drafts:changed", mark);
  addEventListener("storage", ({ key }) => { if (!key || DRAFT.test(key)) mark(); });
}
