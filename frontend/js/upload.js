// Uploads the files of a form, two at a time, each with its own progress and buttons. Without scripts the same form is
// sent by the browser in one piece.

import { Sending, loadTus } from './sending.js'

const AT_ONCE = 2
const REFRESH_MS = 300
const GOING_ON = ['sending', 'lost']
const ENDED = ['done', 'cancelled']
const STATE_WORDS = { waiting: 'Waiting', paused: 'Paused', done: 'Uploaded', cancelled: 'Cancelled' }
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

function size (bytes) {
  let unit = 0
  while (bytes >= 999.5 && unit < UNITS.length - 1) { bytes /= 1000; unit += 1 }
  return `${unit === 0 || bytes >= 9.95 ? Math.round(bytes) : bytes.toFixed(1)} ${UNITS[unit]}`
}

function duration (seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} min`
}

function progressWords ({ sent, speed, file }) {
  if (sent >= file.size && file.size > 0) return `${size(file.size)}, finishing`
  const known = speed > 0 ? `, ${size(speed)}/s, about ${duration((file.size - sent) / speed)} left` : ''
  return `${size(sent)} of ${size(file.size)}${known}`
}

function element (name, className, text = '') {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

function button (words, fileName, act) {
  const made = element('button', 'govuk-button govuk-button--secondary entente-button--small', words)
  made.type = 'button'
  made.append(element('span', 'govuk-visually-hidden', ` upload of ${fileName}`))
  made.addEventListener('click', act)
  return made
}

/** Shows one file: its name, how far it is, what can be done. */
class Row {
  constructor (list, file) {
    this.item = element('li', 'entente-upload__file')
    this.state = element('span', 'entente-upload__state')
    this.why = element('p', 'entente-upload__why')
    this.bar = element('progress', 'entente-progress__bar')
    this.bar.setAttribute('aria-label', `Upload of ${file.name}`)
    this.acts = element('span', 'entente-upload__acts')
    this.pause = button('Pause', file.name, () => this.onPause())
    this.resume = button('Resume', file.name, () => this.onResume())
    this.cancel = button('Cancel', file.name, () => this.onCancel())
    this.acts.append(this.pause, this.resume, this.cancel)
    this.item.append(element('span', 'entente-upload__name', file.name), this.state, this.bar, this.why, this.acts)
    list.append(this.item)
  }

  show (sending) {
    const { state, file, sent, why } = sending
    const going = GOING_ON.includes(state)
    const focused = this.item.contains(document.activeElement)
    this.item.dataset.state = state
    this.state.textContent = going ? progressWords(sending) : `${STATE_WORDS[state] || 'Not uploaded'}, ${size(file.size)}`
    this.why.textContent = why || ''
    this.why.hidden = !why
    this.bar.max = Math.max(file.size, 1)
    this.bar.value = state === 'done' ? this.bar.max : sent
    this.bar.hidden = ENDED.includes(state) || (state === 'failed' && sent === 0)
    this.pause.hidden = !going
    this.resume.hidden = !['paused', 'failed', 'lost'].includes(state)
    this.cancel.hidden = ENDED.includes(state)
    if (!focused || this.item.contains(document.activeElement) && !document.activeElement.hidden) return
    const next = [this.pause, this.resume, this.cancel].find((one) => !one.hidden)
    if (next) next.focus()
  }
}

class Uploads {
  constructor (form, field) {
    Object.assign(this, { form, field, sendings: [] })
    this.list = form.querySelector('.entente-upload__files')
    this.announcing = form.querySelector('.entente-upload__announce')
  }

  add (files) {
    this.sendings = this.sendings.filter((one) => !ENDED.includes(one.state) || one.row.item.remove())
    const own = new FormData(this.form)
    for (const name of [this.field.name, 'csrf_token']) own.delete(name)
    const fields = new URLSearchParams(own).toString()
    for (const file of files) this.addOne(file, fields)
    this.field.value = ''
    this.next()
  }

  addOne (file, fields) {
    const row = new Row(this.list, file)
    const sending = new Sending(file, this.form, fields, (told) => this.tell(told))
    sending.row = row
    row.onPause = () => { sending.pause(); this.next() }
    row.onResume = () => sending.start()
    row.onCancel = () => { sending.cancel(); this.next() }
    this.sendings.push(sending)
    row.show(sending)
  }

  /** Starts what waits, as far as there is room. */
  next () {
    const going = this.sendings.filter((one) => GOING_ON.includes(one.state)).length
    for (const one of this.sendings.filter((one) => one.state === 'waiting').slice(0, Math.max(0, AT_ONCE - going))) one.start()
  }

  tell (sending) {
    sending.row.show(sending)
    if (sending.told === sending.state) return
    const first = !sending.told
    sending.told = sending.state
    if (sending.state !== 'sending') this.announce(`${sending.file.name}: ${sending.why || STATE_WORDS[sending.state]}`)
    else if (!first) this.announce(`${sending.file.name}: going on`)
    if (sending.state === 'done') this.refreshSoon()
    if (!GOING_ON.includes(sending.state)) this.next()
  }

  announce (words) {
    this.announcing.append(element('p', '', words))
    while (this.announcing.children.length > 5) this.announcing.firstChild.remove()
  }

  /** Shows anew only the part of the page that lists the files: what is typed elsewhere on it stays. */
  refreshSoon () {
    clearTimeout(this.refreshing)
    this.refreshing = setTimeout(() => {
      const target = this.form.dataset.refresh
      window.htmx.ajax('GET', window.location.pathname, { target, select: target, swap: 'outerHTML ignoreTitle:true' })
    }, REFRESH_MS)
  }
}

/** Takes files that are dropped anywhere on the form. */
function takeDropped (form, field) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files')
  const over = (on) => form.classList.toggle('entente-upload--over', on)
  form.addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    over(true)
  })
  form.addEventListener('dragleave', () => over(false))
  form.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    over(false)
    field.files = event.dataTransfer.files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  })
}

async function start (form) {
  const field = form.querySelector('input[type="file"]')
  const uploads = new Uploads(form, field)
  if (!await loadTus()) return
  takeDropped(form, field)
  field.multiple = true // without scripts the form takes one file
  form.addEventListener('submit', (event) => {
    if (field.files.length === 0) return
    event.preventDefault()
    uploads.add([...field.files])
  })
  window.addEventListener('beforeunload', (event) => {
    if (uploads.sendings.some((one) => GOING_ON.includes(one.state))) event.preventDefault()
  })
}

export function startUploads (scope) {
  for (const form of scope.querySelectorAll('form[data-resumable]')) start(form)
}
