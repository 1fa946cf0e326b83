import stylistic from '@stylistic/eslint-plugin'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

const style = {
  plugins: { '@stylistic': stylistic },
  rules: {
    '@stylistic/indent': ['error', 2, { SwitchCase: 1, flatTernaryExpressions: true, offsetTernaryExpressions: false, ignoredNodes: ['ConditionalExpression', 'TSConditionalType', 'TSMappedType', 'TSUnionType', 'TSIntersectionType'] }],
    '@stylistic/semi': ['error', 'never'],
    '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'always' }],
    '@stylistic/space-before-function-paren': ['error', 'always'],
    '@stylistic/comma-dangle': ['error', 'never'],
    '@stylistic/no-trailing-spaces': 'error',
    '@stylistic/eol-last': 'error',
    '@stylistic/no-multiple-empty-lines': ['error', { max: 1, maxBOF: 0, maxEOF: 0 }],
    '@stylistic/object-curly-spacing': ['error', 'always'],
    '@stylistic/keyword-spacing': 'error',
    '@stylistic/space-infix-ops': 'error',
    '@stylistic/comma-spacing': 'error',
    '@stylistic/brace-style': ['error', '1tbs', { allowSingleLine: true }],
    '@stylistic/type-annotation-spacing': 'error',
    '@stylistic/linebreak-style': 'error'
  }
}

const care = {
  rules: {
    'eqeqeq': ['error', 'always', { null: 'ignore' }],
    'no-var': 'error',
    'prefer-const': 'error',
    'no-eval': 'error',
    'no-implied-eval': 'error',
    'no-new-func': 'error',
    '@typescript-eslint/no-explicit-any': 'error',
    '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description', 'ts-ignore': true, 'ts-nocheck': true }],
    '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
    '@typescript-eslint/no-non-null-assertion': 'off',
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }]
  }
}

// What only types can tell: a promise nobody waits for is a lost error.
const promises = {
  files: ['{shared,main,renderer,e2e}/**/*.{ts,vue}'],
  languageOptions: {
    parserOptions: {
      project: ['shared/tsconfig.test.json', 'main/tsconfig.json', 'renderer/tsconfig.test.json', 'e2e/tsconfig.json'],
      tsconfigRootDir: import.meta.dirname,
      extraFileExtensions: ['.vue']
    }
  },
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/await-thenable': 'error'
  }
}

const components = {
  files: ['**/*.vue'],
  languageOptions: { parserOptions: { parser: tseslint.parser } },
  rules: {
    'vue/no-v-html': 'error',
    'vue/no-bare-strings-in-template': ['error', { allowlist: ['(', ')', ',', '.', ':', ';', '/', '|', '+', '-', '−', '=', '×', '·', '…', '→', '%', '–', '—'] }],
    'vue/component-api-style': ['error', ['script-setup']],
    'vue/block-lang': ['error', { script: { lang: 'ts' } }],
    'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
    'vue/no-ref-as-operand': 'error',
    'vue/max-attributes-per-line': 'off',
    'vue/singleline-html-element-content-newline': 'off',
    'vue/html-self-closing': ['error', { html: { void: 'any', normal: 'any', component: 'always' } }],
    'vue/multi-word-component-names': 'off',
    'vue/require-default-prop': 'off'
  }
}

export default tseslint.config(
  { ignores: ['out/', 'dist/', 'coverage/', 'test-results/', 'playwright-report/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  style,
  care,
  promises,
  components
)
