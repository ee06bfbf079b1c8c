// Keeps what is typed into a draft. Every change is copied into this tab's sessionStorage, so that it outlives the end of
// a session, a crash or a broken connection, and is saved to the portal after a pause; the copy goes once the portal has it.
// If the portal does not take it (signed out, saved by somebody else, something wrong in a field), the status says so and
// the copy stays: the next visit to this draft in this tab offers it back.

const KEPT = 'entente:'
const OWN_FIELDS = ['csrf_token', 'edition']
const WORDS = {
  dirty: 'Not saved yet',
  saving: 'Saving',
  failed: 'Could not save. What you typed is kept in this window; try Save again.',
  signedOut: 'You were signed out. What you typed is kept in this window. ',
  conflict: 'Somebody else saved this draft meanwhile. Press Save to see both texts; nothing is lost.',
  invalid: 'Not saved: something needs another look. Press Save to see what.'
}
const OF_STATUS = { 401: 'signedOut', 403: 'signedOut', 409: 'conflict', 422: 'invalid' }

const keyOf = (form) => `${KEPT}${form.dataset.writer}:${form.dataset.draft}`

function entriesOf (form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && !OWN_FIELDS.includes(name))
}

function keep (form) {
  const copy = { edition: form.elements.edition.value, entries: entriesOf(form) }
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify(copy))
  } catch {
    // The tab's store is full or closed: the portal still has what was saved before.
  }
}

const drop = (form) => sessionStorage.removeItem(keyOf(form))

function keptOf (form) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(form)))
  } catch {
    return null
  }
}

function say (form, state) {
  form.dataset.state = state
  const status = form.querySelector('[data-save-status]')
  if (!status || !(state in WORDS)) return
  status.textContent = WORDS[state]
  if (state !== 'signedOut') return
  const link = document.createElement('a')
  link.className = 'govuk-link'
  link.href = `/sign-in?next=${encodeURIComponent(form.getAttribute('action'))}`
  link.textContent = 'Sign in again'
  status.append(link)
}

/** Sends the copy as Save would have: over the edition that it was typed on, so that a newer one is noticed. */
function sendCopy (form, copy) {
  const sent = document.createElement('form')
  sent.method = 'post'
  sent.action = form.getAttribute('action')
  const entries = [['csrf_token', form.elements.csrf_token.value], ['edition', copy.edition], ...copy.entries]
  for (const [name, value] of entries) {
    const field = document.createElement('textarea')
    field.name = name
    field.value = value
    sent.append(field)
  }
  sent.hidden = true
  document.body.append(sent)
  form.dataset.state = 'saving'
  sent.submit()
}

/** Offers what was typed here before and did not reach the portal. */
function offerCopy (form) {
  const copy = keptOf(form)
  if (!copy || 'redrawn' in form.dataset) return
  const asked = new URLSearchParams(window.location.search)
  const arrived = Number(asked.get('saved')) > Number(copy.edition)
  if (arrived || asked.has('taken') || JSON.stringify(entriesOf(form)) === JSON.stringify(copy.entries)) return drop(form)
  const banner = document.getElementById('kept')
  banner.hidden = false
  banner.querySelector('[data-kept-restore]').addEventListener('click', () => sendCopy(form, copy))
  banner.querySelector('[data-kept-drop]').addEventListener('click', () => { drop(form); banner.hidden = true })
}

function start (form) {
  let saving = false
  let leaving = null // the button under which the form is sent, once the save under way has ended
  let changedMeanwhile = false

  offerCopy(form)
  if ('redrawn' in form.dataset) say(form, 'dirty')
  form.addEventListener('input', () => {
    changedMeanwhile = true
    keep(form)
    if (form.dataset.state !== 'conflict') say(form, 'dirty')
  })
  form.addEventListener('submit', (event) => {
    if (saving) {
      event.preventDefault()
      leaving = event.submitter
      return
    }
    keep(form)
    form.dataset.state = 'leaving'
  })
  form.addEventListener('htmx:beforeRequest', (event) => {
    if (event.target !== form) return
    if (['leaving', 'conflict', 'saved'].includes(form.dataset.state)) return event.preventDefault()
    saving = true
    changedMeanwhile = false
    say(form, 'saving')
  })
  form.addEventListener('htmx:afterRequest', (event) => {
    if (event.target !== form) return
    saving = false
    if (event.detail.successful) {
      if (changedMeanwhile) keep(form)
      else drop(form)
      say(form, changedMeanwhile ? 'dirty' : 'saved')
    } else {
      say(form, OF_STATUS[event.detail.xhr.status] || 'failed')
    }
    if (leaving) form.requestSubmit(leaving)
  })
}

// What rich text has and plain text has not; a page's own clutter around plain words is left to the browser.
const RICH = /<(h[1-6]|li|table|b|strong|i|em|del|ins|a\s[^>]*href)\b|mso-/i

/** Puts text where the cursor is, so that it can be undone like typed text, and saved like it. */
function insert (field, text) {
  field.focus()
  if (document.execCommand('insertText', false, text)) return
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** Tells below a field, in the note kept for it; without an answer of the portal only in words. */
function tell (form, part, html, words) {
  const note = form.querySelector(`[data-paste-note="${CSS.escape(part)}"]`)
  if (!note) return
  if (html) note.replaceChildren(...html.body.children)
  else note.textContent = words
}

/** The levels that a part is marked with: its own or, unless it has any, the title's. */
function levelsOf (form, part) {
  const own = part === 'summary' ? 'summary_marking' : `${part}.marking`
  const path = form.elements[`${own}.own`]?.value === 'yes' ? own : 'marking'
  return [...form.elements].filter((field) => field.name.startsWith(`${path}.level.`) && field.value).map((field) => field.value)
}

/** Has the portal make Markdown of rich text; whatever goes wrong, the plain text is pasted. */
async function pasteRich (form, field, html, plain) {
  const part = field.dataset.paste
  const sent = new URLSearchParams({ html, part, beside: field.value })
  for (const level of levelsOf(form, part)) sent.append('level', level)
  try {
    const answer = await fetch('/drafts/paste', { method: 'POST', body: sent, headers: { 'X-CSRF-Token': form.elements.csrf_token.value } })
    if (!answer.ok) throw new Error(answer.status < 500 ? await answer.text() : '')
    const told = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const pasted = told.querySelector('[data-pasted]')
    insert(field, pasted.value)
    pasted.remove()
    tell(form, part, told)
  } catch (problem) {
    insert(field, plain)
    tell(form, part, null, `It was pasted as plain text. ${problem.message.startsWith('<') ? '' : problem.message}`)
  }
}

document.addEventListener('paste', (event) => {
  const field = event.target.closest?.('textarea[data-paste]')
  const html = event.clipboardData?.getData('text/html')
  if (!field || !html || !RICH.test(html)) return
  event.preventDefault()
  pasteRich(field.form, field, html, event.clipboardData.getData('text/plain'))
})

export function startEditor (scope) {
  const forms = [...scope.querySelectorAll('form[data-autosave]')]
  if (scope.matches?.('form[data-autosave]')) forms.push(scope)
  forms.forEach(start)
}

// A preview that nobody has open is not asked for.
document.addEventListener('htmx:beforeRequest', (event) => {
  const details = event.target.closest('.entente-preview')
  if (details && !details.open) event.preventDefault()
})

// Whoever signs out leaves nothing of theirs in this tab.
document.addEventListener('submit', (event) => {
  if (event.target.getAttribute('action') !== '/sign-out') return
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT)) sessionStorage.removeItem(key)
})

window.addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-autosave][data-state="dirty"]')) event.preventDefault()
})
