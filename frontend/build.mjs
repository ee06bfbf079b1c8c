// Builds static/build from frontend/: styles, type, scripts, icon, each under a name that carries the
// hash of its content, and manifest.json, from which the templates' asset() learns those names.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as sass from 'sass'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)
const out = join(root, 'static', 'build')
const packages = join(root, 'node_modules')
const manifest = {}

const FONTS = ['source-sans-3', 'source-serif-4']
const SUBSETS = ['latin', 'latin-ext', 'greek', 'cyrillic']

/** Writes `content` under a hashed name, remembers it under `name`, and returns the hashed name. */
function put (name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10)
  const extension = extname(name)
  const hashed = `${basename(name, extension)}.${hash}${extension}`
  writeFileSync(join(out, hashed), content)
  manifest[name] = hashed
  return hashed
}

/** Returns the @font-face rules of the chosen subsets, having copied their files. */
function fontFaces () {
  const rules = []
  for (const font of FONTS) {
    const folder = join(packages, '@fontsource-variable', font)
    for (const style of ['wght.css', 'wght-italic.css']) {
      const faces = readFileSync(join(folder, style), 'utf8').match(/@font-face \{[^}]+\}/g)
      for (const face of faces) {
        const file = face.match(/url\(\.\/files\/([^)]+)\)/)[1]
        const subset = file.replace(`${font}-`, '').replace(/-wght-\w+\.woff2$/, '')
        if (!SUBSETS.includes(subset)) continue
        const hashed = put(file, readFileSync(join(folder, 'files', file)))
        rules.push(face.replace(`./files/${file}`, hashed))
      }
    }
  }
  return rules.join('\n')
}

function styles () {
  const { css } = sass.compile(join(here, 'scss', 'app.scss'), {
    charset: false, // a byte order mark would spoil the rule that follows the fonts'
    loadPaths: [packages],
    quietDeps: true,
    style: 'compressed'
  })
  put('app.css', `@charset "UTF-8";\n${fontFaces()}\n${css}`)
}

function scripts () {
  const require = createRequire(import.meta.url)
  put('htmx.js', readFileSync(require.resolve('htmx.org/dist/htmx.min.js')))
  put('boot.js', readFileSync(join(here, 'js', 'boot.js')))
  const components = readFileSync(join(packages, 'govuk-frontend', 'dist', 'govuk', 'govuk-frontend.min.js'), 'utf8')
  const imported = { './govuk-frontend.js': put('govuk-frontend.js', components.replace(/\/\/# sourceMappingURL=.*/, '')) }
  const tus = readFileSync(join(packages, 'tus-js-client', 'dist', 'tus.min.js'), 'utf8')
  imported['./tus.js'] = put('tus.js', tus.replace(/\/\/# sourceMappingURL=.*/, ''))
  for (const part of ['sending.js', 'upload.js', 'editor.js', 'app.js']) {
    const text = readFileSync(join(here, 'js', part), 'utf8')
    const hashed = text.replace(/(from |import\()'(\.\/[^']+)'/g, (_, word, path) => `${word}'./${imported[path]}'`)
    imported[`./${part}`] = put(part, hashed)
  }
}

/** Writes what is shipped under which licence, with the text where the package brings it. */
function licences () {
  const shipped = ['govuk-frontend', 'htmx.org', 'tus-js-client', ...FONTS.map((font) => `@fontsource-variable/${font}`)]
  const texts = shipped.map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
    const text = join(packages, name, 'LICENSE')
    return `${name} ${version}: ${license}\n\n${existsSync(text) ? readFileSync(text, 'utf8') : ''}`
  })
  writeFileSync(join(out, 'licences.txt'), texts.join('\n\n'))
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
styles()
scripts()
put('icon.svg', readFileSync(join(here, 'icon.svg')))
licences()
writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
console.log(`static/build: ${Object.keys(manifest).length} files`)
