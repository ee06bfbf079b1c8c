// Starts what feels better live. Everything here improves a page that already works without it.

import { initAll } from './govuk-frontend.js'
import { startUploads } from './upload.js'
import { startEditor } from './editor.js'

/** Closes, on a narrow screen, what the page opens for a wide one (the filters of a search). */
function closeOnNarrowScreens (scope) {
  const narrow = window.matchMedia('(max-width: 48em)').matches
  for (const details of scope.querySelectorAll('details[data-open-on-wide]')) {
    if (narrow && !details.hasAttribute('data-in-use')) details.open = false
    details.setAttribute('data-ready', '')
  }
}

/** Sends a form when one of its fields with data-submit-on-change changes (sorting a list). */
function submitOnChange (event) {
  if (event.target.matches('[data-submit-on-change]')) event.target.form.requestSubmit()
}

function closeMenus (event) {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    const left = event.type === 'keydown' ? event.key === 'Escape' : !menu.contains(event.target)
    if (!left) continue
    menu.open = false
    if (event.type === 'keydown') menu.querySelector('summary').focus()
  }
}

/** Turns the pages of a file with the arrow keys, where they are not meant for a field or for the picture. */
function turnPage (event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (event.target.closest('input, textarea, select, .entente-viewer')) return
  document.querySelector(`[data-turn="${CSS.escape(event.key)}"]`)?.click()
}

async function copyText (event) {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim())
  const before = button.textContent
  button.textContent = button.dataset.copied || 'Copied'
  setTimeout(() => { button.textContent = before }, 2000)
}

function start (scope) {
  closeOnNarrowScreens(scope)
  startUploads(scope)
  startEditor(scope)
}

initAll()
start(document)
document.addEventListener('change', submitOnChange)
document.addEventListener('click', closeMenus)
document.addEventListener('keydown', closeMenus)
document.addEventListener('keydown', turnPage)
document.addEventListener('click', copyText)
document.addEventListener('click', (event) => { if (event.target.closest('[data-print]')) window.print() })
document.addEventListener('htmx:afterSwap', (event) => {
  initAll({ scope: event.target })
  start(event.target)
})
