// A request that failed says so where it was made, keeps what was typed, and offers to try again.

const PATIENCE = 20e3;
const WORDS = {
  0: "No connection to Tandem just now.",
  403: "This page is out of date. Reload it and try again.",
  404: "This is no longer here.",
  503: "Tandem is busy just now.",
};

function failed({ detail: { elt, xhr, requestConfig } }) {
  // The live mark speaks for itself.
  if (elt.id === "live-mark") return;
  const words = WORDS[xhr.status] ?? "Something went wrong on our side.";
  const submitter = requestConfig.triggeringEvent?.submitter;
  const retry = () => {
    if (elt.matches("form")) elt.requestSubmit(submitter?.isConnected ? submitter : null);
    else htmx.trigger(elt, elt.id === "log-asks" ? "verdict:ask" : "click");
  };
  const dialog = elt.closest("dialog");
  if (dialog) tell(dialog, elt.id === "log-form" ? `${words} Your text is kept, and trying again logs it once.` : words, retry);
  else document.dispatchEvent(new CustomEvent("toast:show", { detail: { text: words, words: "Try again", run: retry } }));
}

function tell(dialog, words, retry) {
  clear(dialog);
  const notice = document.createElement("div");
  notice.className = "notice is-error";
  notice.dataset.failed = "";
  notice.role = "alert";
  const text = document.createElement("span");
  text.textContent = `${words} `;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "link-button";
  again.textContent = "Try again";
  again.addEventListener("click", retry);
  text.append(again);
  notice.append(text);
  (dialog.querySelector(".log-body") ?? dialog.querySelector("form")).prepend(notice);
  // It may have been closed while it was sending.
  if (!dialog.open) dialog.showModal();
}

function clear(dialog) {
  dialog?.querySelectorAll("[data-failed]").forEach((notice) => notice.remove());
}

for (const name of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${name}`, failed);
document.addEventListener("htmx:configRequest", ({ detail }) => { detail.timeout ||= PATIENCE; });
document.addEventListener("htmx:beforeRequest", ({ detail }) => clear(detail.elt.closest("dialog")));
