// A request that failed says so where it was made, keeps what was typed, and offers to try again.

const PATIENCE = 20e3;
const WORDS = {
  0: "No connection to Tandem just now.",
  403: "This page is out of date.",
  404: "This is no longer here.",
  503: "Tandem is busy just now.",
};
const SIGNED_OUT = 401, FORBIDDEN = 403;
const retried = new WeakSet();

function failed(event) {
  const { elt, xhr } = event.detail;
  // Whose login it is now is found out first: of the same user, the page gets a new token and the act is done again.
  if (xhr.status === SIGNED_OUT) return document.dispatchEvent(new CustomEvent("login:doubt"));
  if (xhr.status !== FORBIDDEN || retried.has(elt)) return told(event);
  retried.add(elt);
  const retry = () => retryOf(event)();
  document.dispatchEvent(new CustomEvent("login:doubt", { detail: { retry, give: () => told(event) } }));
}

function retryOf({ detail: { elt, requestConfig } }) {
  const { submitter } = requestConfig.triggeringEvent ?? {};
  if (elt.matches("form")) return () => elt.requestSubmit(submitter?.isConnected ? submitter : null);
  return () => htmx.trigger(elt, elt.closest("dialog") ? "verdict:ask" : "click");
}

function told(event) {
  const { elt, xhr } = event.detail;
  // The live mark shows this by itself.
  if (elt.id === "live-mark" || elt.matches("[data-reminders]")) return;
  const dialog = elt.closest("dialog");
  // One notice is enough; the form's own offers to send it again.
  if (elt.id === "log-asks" && dialog?.querySelector('[data-failed="log-form"]')) return;
  const isForm = elt.matches("form"), isOld = xhr.status === 403;
  const promise = dialog && isForm ? " Your text is kept, and trying again logs it once." : "";
  const text = (WORDS[xhr.status] ?? "Something went wrong on our side.") + promise;
  const retry = isOld ? () => location.reload() : retryOf(event);
  const words = isOld ? "Reload" : "Try again";
  if (dialog) tell(text, words, retry, elt);
  else say(text, words, retry);
}

function tell(text, words, retry, elt) {
  const dialog = elt.closest("dialog");
  const [notice, sentence, again] = ["div", "span", "button"].map((name) => document.createElement(name));
  const icon = document.querySelector("svg:has(use)").cloneNode(true);
  const use = icon.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#triangle-alert"));
  icon.setAttribute("class", "i");
  notice.className = "notice is-error";
  notice.role = "alert";
  notice.dataset.failed = elt.id;
  again.type = "button";
  again.className = "link-button";
  again.textContent = words;
  again.onclick = retry;
  sentence.textContent = text;
  notice.append(icon, sentence, again);
  (dialog.querySelector(".log-body") ?? dialog.querySelector("form")).prepend(notice);
  // It may have been closed while it was sending.
  if (!dialog.open) dialog.showModal();
}

for (const name of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${name}`, failed);
document.addEventListener("htmx:configRequest", ({ detail }) => { detail.timeout ||= PATIENCE; });
// A verdict read again meanwhile does not remove the notice about the form, with its button to send it again.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  const own = elt.matches("form") ? "[data-failed]" : `[data-failed="${elt.id}"]`;
  for (const notice of elt.closest("dialog")?.querySelectorAll(own) ?? []) notice.remove();
});

// Under DEBUG django-htmx would put the answer in place of the page, and what was typed with it.
document.addEventListener("htmx:beforeOnLoad", (event) => event.stopPropagation(), true);

// A whole page in answer to a part of one: the page is older than its cookies.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!/^\s*<!doctype/i.test(detail.xhr.response)) return;
  detail.shouldSwap = false;
  detail.isError = detail.xhr.status >= 400;
  if (!detail.isError) location.assign(detail.xhr.responseURL);
});
document.addEventListener("htmx:afterOnLoad", ({ detail: { elt, xhr } }) => { if (xhr.status < 400) retried.delete(elt); });
