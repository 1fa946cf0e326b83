/** What a browser without the token sees. */
export const tokenPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Headroom</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif }
  body { max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.25rem }
  section + section { margin-top: 2.5rem }
</style>
<section>
  <h1>This workbench opens with a link</h1>
  <p>Headroom printed an address ending in <code>?token=…</code> in the terminal where it was started. Open that address here.
  It changes with every start.</p>
  <p>Came here by that address already? <a href="./">Continue</a></p>
</section>
<section lang="zh">
  <h1>请通过专用链接打开工作台</h1>
  <p>启动 Headroom 的终端中输出了一个以 <code>?token=…</code> 结尾的地址，请在此浏览器中打开。该地址每次启动都会变化。</p>
  <p>已经打开过该地址？<a href="./">继续</a></p>
</section>
</html>
`
