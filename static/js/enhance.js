// Small comforts: short addresses, forms sent once and left on purpose, bodies that unfold.

const OFTEN = 150, PATIENCE = 5e3;
const isSending = (form) => form.ariaBusy === "true";
// Not form.method: the forms here have a field of that name.
const isPost = (form) => form.getAttribute("method") === "post";

// Only what narrows a list belongs in its address.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!isPost(target)) for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

// A form that leaves the page is sent once, however often it is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !isPost(form) || form.hasAttribute("hx-post")) return;
  if (isSending(form)) event.preventDefault();
  form.ariaBusy = "true";
  // After a slow page was stopped, the form may be sent again.
  setTimeout(() => { form.ariaBusy = null; }, PATIENCE);
});
// A page brought back by the Back button may still look as if it were sending.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && document.querySelector("[aria-busy=true]")) location.reload();
});

document.addEventListener("input", ({ target }) => { if (target.form) target.form.dataset.changed = ""; });
addEventListener("beforeunload", (event) => {
  const form = document.querySelector("form[data-guard-leave][data-changed]");
  if (form && !isSending(form)) event.preventDefault();
});

// "Read more" is shown only where the body is really cut at this width. Of a long timeline, only what is near is measured.
function fold() {
  const bodies = [...document.querySelectorAll(".block.is-near .entry-body")];
  const areCut = bodies.map((body) => body.scrollHeight > body.clientHeight + 1);
  for (const [at, body] of bodies.entries()) {
    const more = body.parentElement.querySelector(".read-more");
    if (more) more.hidden = !areCut[at] && !more.open;
    else if (areCut[at]) body.insertAdjacentHTML("afterend", UNFOLD);
  }
}
const UNFOLD = `<details class="read-more"><summary>
  <span class="if-closed">Read more</span><span class="if-open">Read less</span></summary></details>`;
let soon;
const foldIn = (wait) => { clearTimeout(soon); soon = setTimeout(fold, wait); };
addEventListener("resize", () => foldIn(OFTEN));
// One answer brings many regions, and each of them tells.
document.addEventListener("htmx:afterSwap", () => foldIn(0));
document.addEventListener("block:near", () => foldIn(0));
