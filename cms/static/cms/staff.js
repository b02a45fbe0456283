// Small kindnesses for people who work here all day. Every page works without them.
"use strict";

{
  // After a refused form, start reading where the refusal is.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // A second press while the first is on its way would only confuse. The server's own key is what keeps it safe.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    window.setTimeout(() => delete form.dataset.sent, 4000);
  });
  // A page brought back by the browser may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}
