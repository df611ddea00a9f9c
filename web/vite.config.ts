import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import bitrix24Ui from '@bitrix24/b24ui-nuxt/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

/** Writes `name.gz` and `name.br` beside every built text file, so that the server only has to send them. */
function precompress(): Plugin {
  let folder = ''
  const walk = (path: string): void => {
    for (const name of readdirSync(path)) {
      const file = join(path, name)
      if (statSync(file).isDirectory()) walk(file)
      else if (/\.(js|css|html|svg|json|txt)$/.test(name)) {
        const bytes = readFileSync(file)
        if (bytes.length < 1024) continue
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }))
      }
    }
  }
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    closeBundle() {
      walk(folder)
    },
  }
}

export default defineConfig({
  base: './',
  plugins: [
    vue(),
    bitrix24Ui({
      autoImport: false,
      prose: false,
      mdc: false,
      colorMode: false,
      experimental: { componentDetection: true },
    } as Parameters<typeof bitrix24Ui>[0]),
    precompress(),
  ],
  resolve: { alias: { '@': resolve(import.meta.dirname, 'src') } },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'echarts', test: /node_modules\/(echarts|zrender|vue-echarts)\// }] },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: process.env['SVODKA_SERVER'] ?? 'http://127.0.0.1:8080', changeOrigin: false },
    },
  },
})
