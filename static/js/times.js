// Times in words go on counting while a page is open. crm/times.py has the same words on the server.

const MINUTE = 60e3, HOUR = 3600e3, DAY = 86400e3;
const DAYS_UP_TO = 13, WEEKS_UP_TO = 8, OFTEN = 30e3;

// Days are the company's, wherever the reader sits, and a clock that is far off is set right by the server's.
const skew = Date.parse(document.body.dataset.now) - Date.now() || 0;

const parts = { timeZone: document.body.dataset.zone, year: "numeric", month: "short", day: "numeric" };
const format = new Intl.DateTimeFormat("en-US", parts);

function dateOf(moment) {
  const { year, month, day } = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  return { year, words: `${day} ${month}`, number: Date.parse(`${day} ${month} ${year} UTC`) / DAY };
}

function ago(moment, now) {
  const passed = now - moment;
  if (passed < MINUTE) return "just now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  const date = dateOf(moment), today = dateOf(now), days = today.number - date.number;
  if (days <= 1) return "yesterday";
  if (days <= DAYS_UP_TO) return `${days} days ago`;
  if (days < (WEEKS_UP_TO + 1) * 7) return `${Math.floor(days / 7)} weeks ago`;
  return date.year === today.year ? date.words : `${date.words} ${date.year}`;
}

// Of a long timeline, what is near.
const SHOWN = "time[data-ago]:not(.block:not(.is-near) time)";
let due;
// One answer brings many regions, and each of them tells.
const soon = () => { due ??= setTimeout(refresh); };

function refresh() {
  clearTimeout(due);
  due = null;
  const now = Date.now() + (Math.abs(skew) > OFTEN ? skew : 0);
  for (const time of document.querySelectorAll(SHOWN)) {
    const moment = Date.parse(time.dateTime);
    // A date stays as it is, and a long timeline has thousands of them.
    if (time.textContent && now - moment > (WEEKS_UP_TO + 2) * 7 * DAY) continue;
    const words = ago(moment, now);
    // Writing the same words again would wake up screen readers and lose selections.
    if (words !== time.textContent) time.textContent = words;
  }
}

refresh();
setInterval(refresh, OFTEN);
document.addEventListener("htmx:afterSwap", soon);
document.addEventListener("block:near", soon);
document.addEventListener("visibilitychange", refresh);
