import { resolve } from 'node:path'
import bitrix24Ui from '@bitrix24/b24ui-nuxt/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  plugins: [
    vue(),
    bitrix24Ui({
      autoImport: false,
      prose: false,
      mdc: false,
      colorMode: false,
      // Imported only when needed (components/kit.ts), where nothing is detected.
      experimental: { componentDetection: ['Popover', 'Slideover'] },
    } as Parameters<typeof bitrix24Ui>[0]),
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
