// Uploads a file with the real tus-js-client: node upload.mjs ENDPOINT FILE HEADERS METADATA [CHUNK]
import { createReadStream, statSync } from 'node:fs'
import * as tus from 'tus-js-client'

const [endpoint, path, headers, metadata, chunkSize] = process.argv.slice(2)
const offsets = []
const upload = new tus.Upload(createReadStream(path), {
  endpoint,
  headers: JSON.parse(headers),
  metadata: JSON.parse(metadata),
  uploadSize: statSync(path).size,
  chunkSize: chunkSize ? Number(chunkSize) : Infinity,
  retryDelays: [0, 200, 500, 1000, 2000, 4000],
  onAfterResponse: (request, response) => {
    if (request.getMethod() === 'HEAD' && response.getStatus() === 200) offsets.push(Number(response.getHeader('Upload-Offset')))
  },
  onError: (error) => { console.error(String(error)); process.exit(1) },
  onSuccess: ({ lastResponse }) => {
    const attachment = lastResponse.getHeader('Entente-Attachment')
    const told = JSON.stringify({ attachment, digest: lastResponse.getHeader('Entente-Digest'), offsets })
    // A connection that was cut may still hold the process open.
    process.stdout.write(told, () => process.exit(0))
  }
})
upload.start()
