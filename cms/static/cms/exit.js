// Leaving at once. Without this file the link still works; with it, Back cannot return to the page that was left.
// Nothing is stored, sent or counted.
"use strict";

{
  const link = document.querySelector("[data-exit]");
  const within = 3000; // milliseconds for three presses: slower ones belong to ordinary typing
  let presses = [];

  const leave = () => {
    // The next page may take seconds on slow data, or never come; what is on the screen must be gone before that.
    const { href, hostname } = link;
    document.body.remove();
    document.head.replaceChildren();
    document.title = hostname; // the tab reads as it will
    window.location.replace(href);
  };

  if (link) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      leave();
    });
    // Before any other listener, so that it works from inside a field as well.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Shift") {
        presses = []; // a capital letter is not a call for help
        return;
      }
      if (event.repeat) return;
      const now = event.timeStamp;
      presses = [...presses.filter((at) => now - at < within), now];
      if (presses.length === 3) leave();
    }, { capture: true });
  }
}

// A step or a card of this page is no page of its own: going through them leaves nothing behind to which Back could return.
document.addEventListener("click", (event) => {
  const inside = event.target.closest("a[href^='#']");
  if (!inside || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  window.location.replace(inside.href);
});
