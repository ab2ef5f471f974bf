/** Style sheet of the report: system fonts, both colour schemes, one column on a phone. No file, font or script is fetched. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fafaf8;--card:#fff;--ink:#1c1e21;--dim:#667085;--line:#e3e5e8;--pass:#1a7f4b;--warn:#a15c00;--fail:#c0282d;--skip:#7a8290;--bar:#3b6fd4;--bar2:#b9c3d3}
@media (prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1d2026;--ink:#e8eaed;--dim:#98a2b3;--line:#32363e;--pass:#4cc38a;--warn:#f0b454;--fail:#ff7b72;--skip:#8b949e;--bar:#6ea0ff;--bar2:#4a5363}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.25rem 1rem 4rem}
h1{font-size:1.45rem;margin:.2rem 0;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2rem 0 .6rem}h3{font-size:1rem;margin:0 0 .3rem;overflow-wrap:anywhere}
p{margin:.3rem 0}code,pre,.mono{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:.4rem 0;padding:.5rem .7rem;background:var(--bg);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
.dim{color:var(--dim)}.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1rem;margin:.6rem 0}
.banner{border-left:6px solid var(--pass)}.banner.warnings{border-color:var(--warn)}.banner.failed,.banner.could{border-color:var(--fail)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;margin:.8rem 0 0}
.tile b{display:block;font-size:1.15rem;font-variant-numeric:tabular-nums}.tile span{color:var(--dim);font-size:.85rem}
.status{display:inline-block;min-width:4.6em;font-weight:600}.pass{color:var(--pass)}.warn{color:var(--warn)}.fail,.error,.timeout{color:var(--fail)}.skip,.canceled{color:var(--skip)}
.check{border-top:1px solid var(--line);padding:.5rem 0}.check:first-child{border-top:0}.check summary,.check .row{display:grid;grid-template-columns:5.4em 11em 1fr auto;gap:.2rem .8rem;align-items:baseline}
.check summary{cursor:pointer;list-style:none}.check summary::-webkit-details-marker{display:none}.check .id{font-weight:600;overflow-wrap:anywhere}.check .said{overflow-wrap:anywhere}.check .took{color:var(--dim);font-size:.8rem;white-space:nowrap}
.check .more{margin:.4rem 0 .2rem 6.2em}.check ul{margin:.2rem 0;padding-left:1.1rem}
.lane{display:grid;grid-template-columns:11em 1fr 5.5em;gap:.6rem;align-items:center;margin:.25rem 0;font-size:.85rem}.lane .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.track{position:relative;height:1em;background:var(--bg);border-radius:3px}.track i{position:absolute;top:0;bottom:0;min-width:2px;border-radius:3px;background:var(--bar)}
.track i.old{background:var(--bar2)}.track i.pass{background:var(--pass)}.track i.warn{background:var(--warn)}.track i.fail,.track i.error,.track i.timeout{background:var(--fail)}.track i.skip,.track i.canceled{background:var(--skip)}.track u{position:absolute;top:-3px;bottom:-3px;width:2px;background:var(--ink)}
.lane .num{text-align:right;color:var(--dim);font-variant-numeric:tabular-nums;white-space:nowrap}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.85rem}th,td{text-align:left;padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{white-space:nowrap;text-align:right;font-variant-numeric:tabular-nums}td.wrap{overflow-wrap:anywhere;min-width:12em}
@media (max-width:40rem){.check summary,.check .row{grid-template-columns:4.8em 1fr}.check .said{grid-column:1/-1}.check .took{display:none}.check .more{margin-left:0}.lane{grid-template-columns:6.5em 1fr 4.5em}}
`;
