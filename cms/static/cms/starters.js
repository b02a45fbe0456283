/* Starts what Wagtail would start by inline scripts, which its admin's content policy no longer lets run.
   The server writes <template data-start="…" data-target="id" data-options="json">, which by itself does nothing; the
   words it may use are listed here. cms/starters.py and templates/wagtailadmin/ write them. */
(() => {
  "use strict";

  const STARTERS = {
    date: (target, options) => window.initDateChooser(target, options),
    time: (target, options) => window.initTimeChooser(target, options),
    datetime: (target, options) => window.initDateTimeChooser(target, options),
    task: (target) => window.createTaskChooser(target),
    inline: (_target, options) => new window.InlinePanel(options),
    choosers: (_target, options) => new window.MultipleChooserPanel(options),
    chooser: (target, options, kind) => {
      if (/^[A-Za-z]*Chooser$/.test(kind)) new window[kind](target, options);
    },
  };

  const start = (template) => {
    const { start: word, target = "", options = "null", kind = "" } = template.dataset;
    // A row that is only the pattern of rows to come; its copies are started when they are put in.
    if (template.dataset.started || target.includes("__prefix__")) return;
    template.dataset.started = "yes";
    STARTERS[word](target, JSON.parse(options), kind);
  };

  const startAll = (within) => within.querySelectorAll("template[data-start]").forEach(start);

  const watch = (changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("template[data-start]")) start(node);
        startAll(node);
      }
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    startAll(document);
    new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
  });
})();
