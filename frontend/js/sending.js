// Sends one file over a connection that may break, with tus-js-client. What arrived is remembered by the portal, and by
// this browser under a hash that says nothing of the file, so that it goes on after a break, a reload or a sign-in.

const KEPT = 'entente:upload:'
const RETRIES = [0, 1000, 2000, 5000, 10000, 15000, 20000]
const AGAIN_MS = 10000
const WITH_THE_BEGINNING = 4e6 // a small file is sent in one request
const SPEED_MS = 5000
const TUS = { 'Tus-Resumable': '1.0.0' }
const WORDS = {
  signedOut: 'You were signed out. Sign in again in another tab, then press Resume: it goes on where it was.',
  lost: 'The connection is lost. It goes on by itself when the connection is back.',
  unclear: 'The portal answered something unexpected. Press Resume to try again.'
}

let loading = null

/** Loads the client when it is first needed; gives null where the browser cannot do what it needs. */
export function loadTus () {
  loading ||= import('./tus.js').then(() => (window.tus.isSupported ? window.tus : null), () => null)
  return loading
}

/** Remembers where uploads are: only the address, under a hash. What a signed-out person could not go on with stays. */
function memory (isSignedOut) {
  const found = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix))
    .map((key) => ({ uploadUrl: localStorage.getItem(key), metadata: {}, urlStorageKey: key }))
  return {
    findAllUploads: async () => found(KEPT),
    findUploadsByFingerprint: async (print) => found(KEPT + print),
    removeUpload: async (key) => { if (!isSignedOut()) localStorage.removeItem(key) },
    addUpload: async (print, upload) => {
      localStorage.setItem(KEPT + print, upload.uploadUrl)
      return KEPT + print
    }
  }
}

async function fingerprint (file, options) {
  const words = [file.name, file.size, file.lastModified, options.endpoint, options.metadata.fields].join('\n')
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(words))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Says why an answer was a refusal, in the portal's words. */
function reason (status, body) {
  if (status === 401) return WORDS.signedOut
  try {
    const problem = JSON.parse(body)
    return [...new Set([problem.detail, ...(problem.errors || []).map((one) => one.detail)])].filter(Boolean).join(' ')
  } catch {
    return WORDS.unclear
  }
}

/** One file on its way. `tell` hears of each change: {state, sent, speed, why}. */
export class Sending {
  /** `form` says where to, `fields` what the file is marked with. */
  constructor (file, form, fields, tell) {
    Object.assign(this, { file, form, fields, tell, state: 'waiting', sent: 0, samples: [], lastStatus: 0 })
    window.addEventListener('online', () => { if (this.state === 'lost') this.start() })
  }

  get csrf () { return this.form.elements.csrf_token.value }

  async start () {
    clearTimeout(this.again)
    this.change('sending')
    const tus = await loadTus()
    if (this.lastStatus === 401 || this.lastStatus === 403) await this.renewToken()
    this.lastStatus = 0
    this.upload = new tus.Upload(this.file, this.options())
    const [before] = await this.upload.findPreviousUploads()
    if (before) this.upload.resumeFromPreviousUpload(before)
    if (this.state === 'sending') this.upload.start()
  }

  options () {
    return {
      endpoint: this.form.dataset.resumable,
      metadata: { filename: this.file.name, filetype: this.file.type || 'application/octet-stream', fields: this.fields },
      headers: { 'X-CSRF-Token': this.csrf },
      fingerprint,
      urlStorage: memory(() => this.lastStatus === 401),
      removeFingerprintOnSuccess: true,
      retryDelays: RETRIES,
      uploadDataDuringCreation: this.file.size <= WITH_THE_BEGINNING,
      onShouldRetry: (error) => this.isWorthRetrying(error),
      onAfterResponse: (_, response) => { this.lastStatus = response.getStatus() },
      onProgress: (sent) => this.progress(sent),
      onSuccess: ({ lastResponse }) => this.arrived(lastResponse),
      onError: (error) => this.failed(error)
    }
  }

  isWorthRetrying (error) {
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0
    if (status === 0) return navigator.onLine
    return status === 423 || status >= 500 || (status === 409 && error.originalRequest.getMethod() !== 'POST')
  }

  progress (sent) {
    const now = performance.now()
    if (sent < this.sent) this.samples = []
    this.samples = [...this.samples.filter(([at]) => now - at < SPEED_MS), [now, sent]]
    this.sent = sent
    this.tell(this)
  }

  /** Bytes a second over the last few seconds; 0 while nobody knows. */
  get speed () {
    const [first, last] = [this.samples[0], this.samples.at(-1)]
    return this.samples.length > 1 && last[0] > first[0] ? (last[1] - first[1]) / (last[0] - first[0]) * 1000 : 0
  }

  /** All bytes are there. If they did not become an attachment, that is tried once more, and said. */
  async arrived (response) {
    if (response?.getHeader('Entente-Attachment')) return this.change('done')
    const headers = { ...TUS, 'X-CSRF-Token': this.csrf, 'Upload-Offset': `${this.file.size}`, 'Content-Type': 'application/offset+octet-stream' }
    try {
      const answer = await fetch(this.upload.url, { method: 'PATCH', headers })
      this.lastStatus = answer.status
      if (answer.ok) return this.change('done')
      this.change('failed', reason(answer.status, await answer.text()))
    } catch {
      this.change('failed', WORDS.unclear)
    }
  }

  failed (error) {
    const response = error.originalResponse
    if (response && response.getStatus()) return this.change('failed', reason(response.getStatus(), response.getBody()))
    this.change('lost', WORDS.lost)
    this.again = setTimeout(() => { if (this.state === 'lost') this.start() }, AGAIN_MS)
  }

  async pause () {
    this.change('paused')
    await this.upload?.abort()
  }

  /** Gives the file up, here and at the portal. */
  async cancel () {
    clearTimeout(this.again)
    this.change('cancelled')
    await this.upload?.abort(true).catch(() => {}) // what could not be said to the portal lapses there by itself
  }

  /** Takes over the token of the session that was begun anew. */
  async renewToken () {
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), 'text/html')
    const token = page.querySelector('input[name="csrf_token"]')
    if (token) for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token.value
  }

  change (state, why = '') {
    if (this.state === 'cancelled') return
    Object.assign(this, { state, why, samples: [] })
    this.tell(this)
  }
}

// Whoever signs out leaves nothing of theirs in this browser.
document.addEventListener('submit', (event) => {
  if (event.target.getAttribute('action') !== '/sign-out') return
  for (const key of Object.keys(localStorage)) if (key.startsWith(KEPT)) localStorage.removeItem(key)
})
