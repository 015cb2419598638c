/** The colours that VS Code gives to a webview, of three of its own themes: those that our pages use. */
export const themes = {
  light: {
    kind: 'vscode-light',
    colours: {
      'foreground': '#3b3b3b', 'descriptionForeground': '#3b3b3bb3', 'editor-background': '#ffffff', 'sideBar-background': '#f8f8f8', 'panel-border': '#e5e5e5', 'widget-border': '#e5e5e5',
      'focusBorder': '#005fb8', 'toolbar-hoverBackground': '#b8b8b84f', 'inputOption-activeBackground': '#bed6ed', 'inputOption-activeForeground': '#000000',
      'button-background': '#005fb8', 'button-foreground': '#ffffff', 'button-hoverBackground': '#0258a8', 'button-secondaryBackground': '#e5e5e5', 'button-secondaryForeground': '#3b3b3b', 'button-secondaryHoverBackground': '#cccccc',
      'progressBar-background': '#005fb8', 'scrollbarSlider-background': '#64646466', 'errorForeground': '#f85149', 'charts-blue': '#1a85ff', 'editorWidget-background': '#f8f8f8',
      'editorHoverWidget-background': '#f8f8f8', 'editorHoverWidget-border': '#c8c8c8', 'list-hoverBackground': '#f2f2f2', 'dropdown-background': '#ffffff', 'dropdown-foreground': '#3b3b3b',
      'debugTokenExpression-name': '#9b46b0', 'debugTokenExpression-string': '#a31515', 'debugTokenExpression-number': '#098658', 'debugTokenExpression-boolean': '#0000ff', 'debugTokenExpression-value': '#6c6c6ccc',
    },
  },
  dark: {
    kind: 'vscode-dark',
    colours: {
      'foreground': '#cccccc', 'descriptionForeground': '#9d9d9d', 'editor-background': '#1f1f1f', 'sideBar-background': '#181818', 'panel-border': '#2b2b2b', 'widget-border': '#313131',
      'focusBorder': '#0078d4', 'toolbar-hoverBackground': '#5a5d5e50', 'inputOption-activeBackground': '#2489db82', 'inputOption-activeForeground': '#ffffff',
      'button-background': '#0078d4', 'button-foreground': '#ffffff', 'button-hoverBackground': '#026ec1', 'button-secondaryBackground': '#313131', 'button-secondaryForeground': '#cccccc', 'button-secondaryHoverBackground': '#3c3c3c',
      'progressBar-background': '#0078d4', 'scrollbarSlider-background': '#79797966', 'errorForeground': '#f85149', 'charts-blue': '#3794ff', 'editorWidget-background': '#202020',
      'editorHoverWidget-background': '#202020', 'editorHoverWidget-border': '#454545', 'list-hoverBackground': '#2a2d2e', 'dropdown-background': '#313131', 'dropdown-foreground': '#cccccc',
      'debugTokenExpression-name': '#c586c0', 'debugTokenExpression-string': '#ce9178', 'debugTokenExpression-number': '#b5cea8', 'debugTokenExpression-boolean': '#4e94ce', 'debugTokenExpression-value': '#cccccc99',
    },
  },
  highContrast: {
    kind: 'vscode-high-contrast',
    colours: {
      'foreground': '#ffffff', 'descriptionForeground': '#ffffffb3', 'editor-background': '#000000', 'sideBar-background': '#000000', 'panel-border': '#6fc3df', 'widget-border': '#6fc3df',
      'focusBorder': '#f38518', 'contrastBorder': '#6fc3df', 'contrastActiveBorder': '#f38518', 'inputOption-activeBackground': '#00000000', 'inputOption-activeForeground': '#ffffff',
      'button-background': '#000000', 'button-foreground': '#ffffff', 'button-border': '#6fc3df',
      'progressBar-background': '#6fc3df', 'scrollbarSlider-background': '#6fc3df99', 'errorForeground': '#f48771', 'charts-blue': '#3794ff', 'editorWidget-background': '#0c141f',
      'editorHoverWidget-background': '#0c141f', 'editorHoverWidget-border': '#6fc3df', 'dropdown-background': '#000000', 'dropdown-foreground': '#ffffff',
      'debugTokenExpression-name': '#ffffff', 'debugTokenExpression-string': '#f48771', 'debugTokenExpression-number': '#89d185', 'debugTokenExpression-boolean': '#75bdfe', 'debugTokenExpression-value': '#ffffff',
    },
  },
} as const;

/** A theme of {@link themes}. */
export type ThemeName = keyof typeof themes;

/** A style element's text that sets a theme on a page. */
export function themeStyle(name: ThemeName): string {
  const { colours } = themes[name];
  const dark = name !== 'light';
  const lines = Object.entries(colours).map(([key, value]) => `--vscode-${key}:${value};`);
  return `html{${lines.join('')}--vscode-font-family:"DejaVu Sans",system-ui,sans-serif;--vscode-font-size:13px;--vscode-editor-font-family:"DejaVu Sans Mono",monospace;--vscode-editor-font-size:13px;color-scheme:${dark ? 'dark' : 'light'}}`
    + `body{margin:0;background:var(--vscode-editor-background);color:var(--vscode-foreground);font:13px var(--vscode-font-family)}`;
}
