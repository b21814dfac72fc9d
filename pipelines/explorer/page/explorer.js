"use strict";(()=>{function element(tag,attributes={},...children){let made=document.createElement(tag);for(let[name,value]of Object.entries(
attributes))value!==null&&value!==!1&&made.setAttribute(name,value===!0?"":`${value}`);return made.append(...children.filter(
child=>child!==null)),made}function button(attributes,onclick,...children){let made=element("button",{type:"button",...attributes},
...children);return made.addEventListener("click",onclick),made}function iconButton(path,name,onclick,attributes={}){return button(
{class:"icon","aria-label":name,title:name,...attributes},onclick,icon(path))}function icon(path){let namespace="http://\
www.w3.org/2000/svg",svg=document.createElementNS(namespace,"svg");svg.setAttribute("viewBox","0 0 24 24"),svg.setAttribute(
"aria-hidden","true");let line=document.createElementNS(namespace,"path");return line.setAttribute("d",path),svg.append(
line),svg}var ICONS={plus:"M12 5v14M5 12h14",minus:"M5 12h14",home:"M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",lasso:"M7 15\
c-2-1-3-3-3-5 0-3 4-6 8-6s8 3 8 6-4 6-8 6c-2 0-4-.5-5-1zm0 0a2 2 0 1 1-1 3c0 1 .5 2 1.5 3",sun:"M12 8a4 4 0 1 0 0 8 4 4 \
0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",moon:"M20 14.5A8 8 0 0 \
1 9.5 4a8 8 0 1 0 10.5 10.5z",link:"M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1\
-1",help:"M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.1-1.5 2.4M12 18v.01",close:"M6 6l12 12M18 6L6 18",chevron:"M6 15l6-6 6 6",
swap:"M7 4v14M7 18l-3-3M7 18l3-3M17 20V6M17 6l-3 3M17 6l3 3"},lastId=0;function newId(){return lastId+=1,`e${lastId}`}async function copyText(text){try{await navigator.clipboard.writeText(text)}catch{let area=document.createElement("texta\
rea");area.value=text,document.body.append(area),area.select(),document.execCommand("copy"),area.remove()}}var en={loading:"Loading…",noServer:"The server does not answer. Is “wordvec explore” still running?",needsVectors:"\
This exported page holds no vectors: analogies, means and pairs need “wordvec explore”.",summaryWords:"{n} words, {d\
} dimensions",summaryTexts:"{n} texts, {d} dimensions",map:"Map of {name}",mapKeys:"Arrow keys pan, plus and minus zoom,\
 0 shows all, Enter chooses the word in the middle, slash goes to the search.",zoomIn:"Zoom in",zoomOut:"Zoom out",zoomHome:"\
Show the whole map",lassoTool:"Lasso: draw around points",layout:"Layout: {method}.",kept:"It keeps {share} of each poin\
t’s 15 nearest neighbours; the lists always show the true ones.",keptUnknown:"The lists always show the true neighbour\
s.",pending:"{method} is being made",newLayout:"The map is now laid out by {method}.",colour:"Colour",oneColour:"One col\
our",missing:"no value",logScale:"logarithmic",coloursRepeat:"Colours repeat: choose a value to see it alone.",showOnly:"\
Show only {value}",frequency:"Frequency",cluster:"Cluster",panel:"Words and answers",panelToggle:"Show or hide the panel",
search:"Search",analogy:"Analogy",compare:"Compare",selection:"Selection",changes:"Changes",searchWords:"Search words",searchTexts:"\
Search texts",completions:"{n} completions",noCompletion:"No word holds this",searchHint:"Search a word, or choose a poi\
nt of the map. Shift-click adds a word to the mean.",searchHintExported:"Search a word, or choose a point of the map.",searchHintTexts:"\
Search a text, or choose a point of the map.",tryWords:"For example",add:"Add",addHint:"Add the next word to the mean",remove:"\
Remove {word}",clear:"Clear",neighborsOf:"Neighbours of {word}",neighborsOfMean:"Neighbours of the mean",trueNeighbors:"\
by cosine similarity in all {d} dimensions",rowOf:"{row} of {n} by frequency",textOf:"Row {row} of {n}",more:"More",zoomToThese:"\
Zoom to these",notInModel:"“{word}” is not among the words of {name}.",announceNeighbors:"{n} neighbours of {words}.\
 Nearest: {first}, {similarity}.",analogyHint:"“man is to king as woman is to …”: three words give the fourth.",analogyIs:"\
is to",analogyAs:"as",analogyA:"First word",analogyB:"First word’s partner",analogyC:"Second word",answers:"Answers",compareHint:"\
How alike are two words, and which words lie near both?",compareA:"One word",compareB:"Other word",cosine:"Cosine simila\
rity",swap:"Swap",nearBoth:"Near both: neighbours of the mean",selectionHint:"Draw around points with the lasso (L), or \
take what the map shows.",startLasso:"Draw a lasso",stopLasso:"Stop drawing",selectView:"Take what is in view",selected:"\
{n} selected",firstOf:"The first {k} of {n} are listed.",copy:"Copy",copied:"Copied",download:"Download CSV",changesHint:"\
Words of both models, those first whose neighbours changed most.",score:"Change",shared:"{share} of the neighbours share\
d",noChanges:"The models share no words.",copyLink:"Copy a link to this view",language:"中文",languageLong:"用中文显示",
toDark:"Dark colours",toLight:"Light colours",help:"Keys and gestures",close:"Close",helpPan:"pan",helpZoom:"zoom in, ou\
t",helpHome:"whole map",helpEnter:"choose the point in the middle",helpSearch:"search",helpLasso:"lasso",helpEscape:"cle\
ar the choice",helpMouse:"Drag to pan, wheel or pinch to zoom, click to choose, Shift-click to add a word.",helpMouseNoMean:"\
Drag to pan, wheel or pinch to zoom, click to choose."},zh={loading:"正在载入…",noServer:"服务器没有回应。“wordvec explore\
” 还在运行吗？",needsVectors:"导出的页面不含向量：类比、平均和比较需要运行 “wordvec explore”。",
summaryWords:"{n} 个词，{d} 维",summaryTexts:"{n} 条文本，{d} 维",map:"{name} 的地图",mapKeys:"方向键移动，加号和减号缩放\
，0 显示全部，回车选中中央的词，斜杠进入搜索。",zoomIn:"放大",zoomOut:"缩小",zoomHome:"显示整张地图",
lassoTool:"套索：圈选一些点",layout:"布局：{method}。",kept:"每个点的 15 个最近邻中，地图保留了 {share}；列表始终给出真实的近邻。",
keptUnknown:"列表始终给出真实的近邻。",pending:"正在计算 {method}",newLayout:"地图现在采用 {method} 布局。",
colour:"颜色",oneColour:"单色",missing:"无值",logScale:"对数刻度",coloursRepeat:"颜色有重复：选择一个值可单独显示。",
showOnly:"只显示 {value}",frequency:"词频",cluster:"聚类",panel:"词语与结果",panelToggle:"显示或隐藏面板",
search:"搜索",analogy:"类比",compare:"比较",selection:"选区",changes:"变化",searchWords:"搜索词语",searchTexts:"\
搜索文本",completions:"{n} 个补全",noCompletion:"没有词包含此内容",searchHint:"搜索一个词，或在地图上选一个点。按住 Shift 点\
击可把词加入平均。",searchHintExported:"搜索一个词，或在地图上选一个点。",searchHintTexts:"搜索一条\
文本，或在地图上选一个点。",tryWords:"例如",add:"加入",addHint:"把下一个词加入平均",remove:"移除\
 {word}",clear:"清除",neighborsOf:"{word} 的近邻",neighborsOfMean:"平均向量的近邻",trueNeighbors:"按全部 {d} 维的\
余弦相似度",rowOf:"词频第 {row}，共 {n} 个词",textOf:"第 {row} 行，共 {n} 行",more:"更多",zoomToThese:"\
缩放到这些点",notInModel:"{name} 中没有“{word}”。",announceNeighbors:"{words} 的 {n} 个近邻。最近的是 {first}，{simi\
larity}。",analogyHint:"“男人之于国王，如同女人之于……”：由三个词求第四个。",analogyIs:"之\
于",analogyAs:"如同",analogyA:"第一个词",analogyB:"第一个词的对应词",analogyC:"第二个词",answers:"答案",
compareHint:"两个词有多相似？哪些词与两者都接近？",compareA:"一个词",compareB:"另一个词",cosine:"\
余弦相似度",swap:"交换",nearBoth:"与两者都近：平均向量的近邻",selectionHint:"用套索（L）圈选一些点，或选取地图当前显示的点\
。",startLasso:"画套索",stopLasso:"停止圈选",selectView:"选取当前视野",selected:"已选 {n} 个",firstOf:"\
列出 {n} 个中的前 {k} 个。",copy:"复制",copied:"已复制",download:"下载 CSV",changesHint:"两个模型共有的词，近邻变化最大的\
排在前面。",score:"变化",shared:"共有近邻 {share}",noChanges:"两个模型没有共同的词。",copyLink:"复制\
当前视图的链接",language:"EN",languageLong:"Show in English",toDark:"深色",toLight:"浅色",help:"按键与手势",
close:"关闭",helpPan:"移动",helpZoom:"放大、缩小",helpHome:"整张地图",helpEnter:"选中中央的点",helpSearch:"\
搜索",helpLasso:"套索",helpEscape:"清除所选",helpMouse:"拖动移动，滚轮或双指缩放，点击选中，Shift 点击加入一个词。",
helpMouseNoMean:"拖动移动，滚轮或双指缩放，点击选中。"},TABLES={en,zh},language="en";function setLanguage(chosen){
language=chosen}function currentLanguage(){return language}function t(key,values={}){return TABLES[language][key].replace(
/\{(\w+)\}/g,(_,name)=>`${values[name]}`)}function formatCount(n){return n.toLocaleString(language==="zh"?"zh-CN":"en-US")}
function formatShare(share){return`${Math.round(100*share)}%`}function formatNumber(value){return Number.isInteger(value)?
formatCount(value):`${Number(value.toPrecision(3))}`}function head(summary,title,handlers){let link2=iconButton(ICONS.link,t("copyLink"),async()=>{await copyText(location.href),
link2.title=t("copied"),link2.setAttribute("aria-label",t("copied"))}),fold=iconButton(ICONS.chevron,t("panelToggle"),()=>fold.
setAttribute("aria-expanded",`${!handlers.fold()}`),{"aria-expanded":"true"});fold.classList.add("fold");let language2=button(
{class:"text",title:t("languageLong"),"aria-label":t("languageLong"),lang:currentLanguage()==="en"?"zh":"en"},handlers.language,
t("language"));return element("header",{},element("h1",{},title),element("p",{},summary),language2,themeButton(handlers.
theme),link2,iconButton(ICONS.help,t("help"),handlers.help),fold)}function themeButton(toggle){let isDark=document.documentElement.
dataset.theme==="dark";return iconButton(isDark?ICONS.sun:ICONS.moon,t(isDark?"toLight":"toDark"),toggle)}var KEYS=[["← ↑ → ↓","helpPan"],["+  −","helpZoom"],["0","helpHome"],["Enter","helpEnter"],["/","helpSearch"],
["L","helpLasso"],["Esc","helpEscape"]];function helpDialog(hasMeans){let rows=KEYS.flatMap(([key,meaning])=>[element("d\
t",{},element("kbd",{},key)),element("dd",{},t(meaning))]),dialog=element("dialog",{"aria-label":t("help")},element("h2",
{},t("help")),iconButton(ICONS.close,t("close"),()=>dialog.close()),element("dl",{},...rows),element("p",{class:"hint"},
t(hasMeans?"helpMouse":"helpMouseNoMean")));return dialog}var RAMPS={light:["#b3c0cd","#74adbb","#3f86a8","#245089","#1c1f4f"].map(parseHex),dark:["#3d4d6b","#37719a","#4fa3a8","\
#a5d3a0","#fbf3b4"].map(parseHex)},CATEGORIES={light:["#332288","#cc6677","#117733","#ddaa33","#44aa99","#882255","#88cc\
ee","#999933","#aa4499"].map(parseHex),dark:["#77aadd","#ee8866","#44bb99","#eedd88","#ffaabb","#99ddff","#bbcc33","#aaa\
a00","#dddddd"].map(parseHex)},PLAIN={light:parseHex("#4a6f95"),dark:parseHex("#86a9cf")},MISSING={light:parseHex("#c9c9\
c6"),dark:parseHex("#474c56")},FADED_ALPHA=26,BACKGROUND={light:parseHex("#fbfaf7"),dark:parseHex("#10141b")};function parseHex(text){
let value=Number.parseInt(text.slice(1),16);return[value>>16,value>>8&255,value&255]}function css([red,green,blue]){return`\
rgb(${red} ${green} ${blue})`}function colouring(column,n,theme,only){if(column===null){let rgba=new Uint8Array(4*n);for(let row=0;row<
n;row++)paint(rgba,row,PLAIN[theme],255);return{rgba,legend:null}}return column.type==="number"?byNumber(column.values,theme):
byCategory(column.values,column.codes,theme,only)}function byNumber(values,theme){let[low,high]=[1/0,-1/0],anyMissing=!1;
for(let value of values)Number.isFinite(value)?(low=Math.min(low,value),high=Math.max(high,value)):anyMissing=!0;low>high&&
([low,high]=[0,0]);let log=low>0&&high/low>100,start=log?Math.log(low):low,range=(log?Math.log(high):high)-start,ramp=RAMPS[theme],
table=Array.from({length:256},(_,i)=>mix(ramp,i/255)),rgba=new Uint8Array(4*values.length);for(let row=0;row<values.length;row++){
let value=values[row];if(Number.isFinite(value)){let share=range>0?((log?Math.log(value):value)-start)/range:.5;paint(rgba,
row,table[Math.round(255*share)],255)}else paint(rgba,row,MISSING[theme],255)}let legend={type:"number",log,low,high,ramp,
missing:anyMissing?MISSING[theme]:null};return{rgba,legend}}function byCategory(values,codes,theme,only){let counts=new Int32Array(
values.length),anyMissing=!1;for(let code of codes)code>=0?counts[code]++:anyMissing=!0;let palette=CATEGORIES[theme],chosen=only===
null?-1:values.indexOf(only),rgba=new Uint8Array(4*codes.length);for(let row=0;row<codes.length;row++){let code=codes[row],
colour=code>=0?palette[code%palette.length]:MISSING[theme];paint(rgba,row,colour,chosen>=0&&code!==chosen?FADED_ALPHA:255)}
let entries=values.map((value,code)=>({value,code,count:counts[code],colour:palette[code%palette.length]})).filter(entry=>entry.
count>0),repeats=entries.length>palette.length;return{rgba,legend:{type:"category",entries,repeats,missing:anyMissing?MISSING[theme]:
null}}}function mix(ramp,share){let place=share*(ramp.length-1),index=Math.min(Math.floor(place),ramp.length-2),rest=place-
index,[low,high]=[ramp[index],ramp[index+1]];return[0,1,2].map(c=>Math.round(low[c]+rest*(high[c]-low[c])))}function paint(rgba,row,[
red,green,blue],alpha){rgba[4*row]=red,rgba[4*row+1]=green,rgba[4*row+2]=blue,rgba[4*row+3]=alpha}function legendOf(legend,only,choose){return legend===null?[]:legend.type==="number"?numberLegend(legend):categoryLegend(
legend,only,choose)}function numberLegend({low,high,log,ramp,missing}){let strip=element("div",{class:"ramp","aria-hidde\
n":"true"});strip.style.background=`linear-gradient(to right, ${ramp.map(css).join(", ")})`;let ends=element("div",{class:"\
ends"},element("span",{},formatNumber(low)),element("span",{},log?t("logScale"):""),element("span",{},formatNumber(high)));
return[strip,ends,...missingLine(missing)]}function categoryLegend({entries,repeats,missing},only,choose){let items=entries.
map(({value,count,colour})=>{let isOnly=only===value,made=button({class:"entry","aria-pressed":`${isOnly}`,title:t("show\
Only",{value})},()=>choose(isOnly?null:value),swatch(colour),element("span",{class:"word"},value),element("span",{class:"\
count"},formatCount(count)));return element("li",{},made)}),note=repeats?[element("p",{class:"hint"},t("coloursRepeat"))]:
[];return[element("ul",{class:"entries"},...items),...missingLine(missing),...note]}function missingLine(missing){return missing?
[element("p",{class:"entry"},swatch(missing),t("missing"))]:[]}function swatch(colour){let made=element("span",{class:"s\
watch","aria-hidden":"true"});return made.style.background=css(colour),made}var Camera=class{constructor(){this.x=0;this.y=0;this.zoom=1;this.width=1;this.height=1;this.bounds={x:0,y:0,width:2,height:2}}get scale(){
let{width,height}=this.bounds;return this.zoom*.88*Math.min(this.width/width,this.height/height)}get state(){return{x:this.
x,y:this.y,zoom:this.zoom}}set state(state){this.x=state.x,this.y=state.y,this.zoom=clampZoom(state.zoom)}get home(){return{
x:this.bounds.x,y:this.bounds.y,zoom:1}}setBounds(bounds){this.bounds=bounds}toScreenX(x){return(x-this.x)*this.scale+this.
width/2}toScreenY(y){return(this.y-y)*this.scale+this.height/2}toMapX(screenX){return(screenX-this.width/2)/this.scale+this.
x}toMapY(screenY){return this.y-(screenY-this.height/2)/this.scale}pan(dx,dy){this.x-=dx/this.scale,this.y+=dy/this.scale}zoomAt(factor,screenX,screenY){
let x=this.toMapX(screenX),y=this.toMapY(screenY);this.zoom=clampZoom(this.zoom*factor),this.x+=x-this.toMapX(screenX),this.
y+=y-this.toMapY(screenY)}fitting(bounds,maxZoom){let unit=this.scale/this.zoom,zoom=.8*Math.min(this.width/(bounds.width*
unit),this.height/(bounds.height*unit));return{x:bounds.x,y:bounds.y,zoom:clampZoom(Math.min(zoom,maxZoom))}}};function clampZoom(zoom){
return Math.min(4e3,Math.max(.5,zoom))}function boundsOf(positions,rows){let[left,right,bottom,top]=[1/0,-1/0,1/0,-1/0],
n=rows?rows.length:positions.length/2;for(let i=0;i<n;i++){let row=rows?rows[i]:i,x=positions[2*row],y=positions[2*row+1];
x<left&&(left=x),x>right&&(right=x),y<bottom&&(bottom=y),y>top&&(top=y)}if(!(right>=left))return{x:0,y:0,width:2,height:2};
let width=Math.max(right-left,1e-6),height=Math.max(top-bottom,1e-6);return{x:(left+right)/2,y:(bottom+top)/2,width,height}}
function bulkBounds(positions){let n=positions.length/2,step=Math.max(1,Math.floor(n/5e3)),xs=[],ys=[];for(let row=0;row<
n;row+=step)xs.push(positions[2*row]),ys.push(positions[2*row+1]);if(xs.length===0)return{x:0,y:0,width:2,height:2};let[
left,right]=quantiles(xs),[bottom,top]=quantiles(ys),width=Math.max(right-left,1e-6),height=Math.max(top-bottom,1e-6);return{
x:(left+right)/2,y:(bottom+top)/2,width,height}}function quantiles(values){values.sort((a,b)=>a-b);let cut=Math.floor(values.
length*.005);return[values[cut],values[values.length-1-cut]]}var SpatialGrid=class{constructor(positions){this.positions=positions;let n=positions.length/2,[left,right,bottom,top]=[
1/0,-1/0,1/0,-1/0];for(let row=0;row<n;row++)left=Math.min(left,positions[2*row]),right=Math.max(right,positions[2*row]),
bottom=Math.min(bottom,positions[2*row+1]),top=Math.max(top,positions[2*row+1]);this.left=n>0?left:0,this.bottom=n>0?bottom:
0;let size=n>0?Math.max(right-left,top-bottom,1e-9):1;this.cell=size/Math.max(1,Math.ceil(Math.sqrt(n/2))),this.columns=
n>0?Math.floor((right-left)/this.cell)+1:1,this.lines=n>0?Math.floor((top-bottom)/this.cell)+1:1,this.starts=new Int32Array(
this.columns*this.lines+1),this.rows=new Int32Array(n);for(let row=0;row<n;row++)this.starts[this.cellOf(row)+1]++;for(let c=1;c<
this.starts.length;c++)this.starts[c]+=this.starts[c-1];let next=this.starts.slice();for(let row=0;row<n;row++)this.rows[next[this.
cellOf(row)]++]=row}nearest(x,y,radius){let best=-1,least=radius*radius;return this.visit(x-radius,y-radius,x+radius,y+radius,
row=>{let dx=this.positions[2*row]-x,dy=this.positions[2*row+1]-y,distance=dx*dx+dy*dy;(distance<least||distance===least&&
(best<0||row<best))&&(least=distance,best=row)}),best}inside(polygon){if(polygon.length<3)return new Int32Array(0);let xs=polygon.
map(point=>point[0]),ys=polygon.map(point=>point[1]),found=[];return this.visit(Math.min(...xs),Math.min(...ys),Math.max(
...xs),Math.max(...ys),row=>{holds(polygon,this.positions[2*row],this.positions[2*row+1])&&found.push(row)}),Int32Array.
from(found).sort()}cellOf(row){let column=Math.floor((this.positions[2*row]-this.left)/this.cell),line=Math.floor((this.
positions[2*row+1]-this.bottom)/this.cell);return Math.min(line,this.lines-1)*this.columns+Math.min(column,this.columns-
1)}visit(left,bottom,right,top,take){let first=clamp(Math.floor((left-this.left)/this.cell),this.columns),last=clamp(Math.
floor((right-this.left)/this.cell),this.columns),end=clamp(Math.floor((top-this.bottom)/this.cell),this.lines);for(let line=clamp(
Math.floor((bottom-this.bottom)/this.cell),this.lines);line<=end;line++){let from=this.starts[line*this.columns+first],to=this.
starts[line*this.columns+last+1];for(let i=from;i<to;i++)take(this.rows[i])}}};function clamp(index,n){return Math.min(n-
1,Math.max(0,index))}function holds(polygon,x,y){let odd=!1;for(let i=0,j=polygon.length-1;i<polygon.length;j=i++){let[xi,
yi]=polygon[i],[xj,yj]=polygon[j];yi>y!=yj>y&&x<(xj-xi)*(y-yi)/(yj-yi)+xi&&(odd=!odd)}return odd}function thinned(polygon,most){
return polygon.length<=most?polygon:Array.from({length:most},(_,i)=>polygon[Math.floor(i*polygon.length/most)])}var TAP_DISTANCE=5,PAN_STEP=60,ZOOM_STEP=1.3,MOST_POINTS=80,Gestures=class{constructor(stage,handlers){this.stage=stage;
this.handlers=handlers;this.drawing=!1;this.pointers=new Map;this.moved=0;this.path=[];stage.addEventListener("pointerdo\
wn",event=>this.down(event)),stage.addEventListener("pointermove",event=>this.move(event)),stage.addEventListener("point\
erup",event=>this.up(event)),stage.addEventListener("pointercancel",event=>this.pointers.delete(event.pointerId)),stage.
addEventListener("pointerleave",()=>handlers.leave()),stage.addEventListener("wheel",event=>this.wheel(event),{passive:!1}),
stage.addEventListener("keydown",event=>this.key(event))}place(event){let box=this.stage.getBoundingClientRect();return[
event.clientX-box.left,event.clientY-box.top]}down(event){event.button===0&&(this.stage.setPointerCapture(event.pointerId),
this.pointers.set(event.pointerId,this.place(event)),this.pointers.size===1&&(this.moved=0,this.path=this.drawing?[this.
place(event)]:[]))}move(event){let now=this.place(event),before=this.pointers.get(event.pointerId);if(!before){event.pointerType!==
"touch"&&this.handlers.hover(...now);return}let[dx,dy]=[now[0]-before[0],now[1]-before[1]];if(this.moved+=Math.hypot(dx,
dy),this.pointers.size===2){let other=[...this.pointers].find(([id])=>id!==event.pointerId)[1];this.pinch(before,now,other)}else
this.path.length>0?(this.path.push(now),this.handlers.draw(this.path,!1)):this.moved>TAP_DISTANCE&&this.handlers.pan(dx,
dy);this.pointers.set(event.pointerId,now)}pinch(before,now,other){let distance=a=>Math.max(1,Math.hypot(a[0]-other[0],a[1]-
other[1]));this.handlers.pan((now[0]-before[0])/2,(now[1]-before[1])/2);let factor=distance(now)/distance(before);this.handlers.
zoom(factor,(now[0]+other[0])/2,(now[1]+other[1])/2)}up(event){!this.pointers.delete(event.pointerId)||this.pointers.size>
0||(this.moved<=TAP_DISTANCE?this.handlers.tap(...this.place(event),event.shiftKey):this.path.length>2&&this.handlers.draw(
thinned(this.path,MOST_POINTS),!0),this.path=[])}wheel(event){event.preventDefault();let pixels=event.deltaY*[1,16,400][event.
deltaMode],speed=event.ctrlKey?.01:.0016;this.handlers.zoom(Math.exp(-speed*Math.max(-300,Math.min(300,pixels))),...this.
place(event))}key(event){if(event.ctrlKey||event.metaKey||event.altKey)return;let step=event.shiftKey?4*PAN_STEP:PAN_STEP,
[x,y]=[this.stage.clientWidth/2,this.stage.clientHeight/2],action={ArrowLeft:()=>this.handlers.pan(step,0),ArrowRight:()=>this.
handlers.pan(-step,0),ArrowUp:()=>this.handlers.pan(0,step),ArrowDown:()=>this.handlers.pan(0,-step),"+":()=>this.handlers.
zoom(ZOOM_STEP,x,y),"=":()=>this.handlers.zoom(ZOOM_STEP,x,y),"-":()=>this.handlers.zoom(1/ZOOM_STEP,x,y),0:()=>this.handlers.
home(),Enter:()=>this.handlers.chooseMiddle()}[event.key];action&&(event.preventDefault(),action())}};var LabelPlacer=class{constructor(positions,widthOf){this.positions=positions;this.widthOf=widthOf;this.taken=new Uint8Array(
0);this.columns=0;this.lines=0;this.left=0;this.top=0}place(camera,forced,strong,most,lift){let{scale,width,height}=camera,
[originX,originY]=[camera.x*scale-width/2,-camera.y*scale-height/2];this.left=Math.floor((originX-120)/12),this.top=Math.
floor((originY-120)/9),this.columns=Math.ceil((width+240)/12)+1,this.lines=Math.ceil((height+240)/9)+1,this.taken=new Uint8Array(
this.columns*this.lines);let placed=[],tryRow=(row,weight,isForced)=>{let x=this.positions[2*row]*scale,y=-this.positions[2*
row+1]*scale,screenX=x-originX,screenY=y-originY;if(screenX<-120||screenX>width+120||screenY<-120||screenY>height+120)return!1;
let half=weight*this.widthOf(row)/2,middle=y-lift-16/2;return(this.claim(x-half-3,middle-16/2,x+half+3,middle+16/2)||isForced)&&
placed.push({row,x:screenX,y:screenY-lift-16/2,width:2*half}),!0},known=new Set([...forced,...strong]);for(let row of forced)
tryRow(row,1.2,!0);for(let row of strong)forced.includes(row)||tryRow(row,1.2,!1);let end=placed.length+most,tried=0,n=this.
positions.length/2;for(let row=0;row<n&&placed.length<end&&tried<4e3;row++)!known.has(row)&&tryRow(row,1,!1)&&tried++;return placed}claim(left,top,right,bottom){
let firstColumn=Math.max(0,Math.floor(left/12)-this.left),lastColumn=Math.min(this.columns-1,Math.floor(right/12)-this.left),
firstLine=Math.max(0,Math.floor(top/9)-this.top),lastLine=Math.min(this.lines-1,Math.floor(bottom/9)-this.top);for(let line=firstLine;line<=
lastLine;line++)for(let column=firstColumn;column<=lastColumn;column++)if(this.taken[line*this.columns+column])return!1;
for(let line=firstLine;line<=lastLine;line++)this.taken.fill(1,line*this.columns+firstColumn,line*this.columns+lastColumn+
1);return!0}};function labelAt(labels,x,y){return labels.find(l=>Math.abs(l.x-x)<=l.width/2+2&&Math.abs(l.y-y)<=16/2)??null}
function shortened(text,most){let line=text.replace(/\s+/g," ");return line.length>most?`${line.slice(0,most-1)}…`:line}var NO_HIGHLIGHT={anchors:[],neighbors:[],arrows:[]},INK={light:"#1c2330",dark:"#e8ebf0"},QUIET_INK={light:"#7b828e",dark:"\
#8c95a3"},ACCENT={light:"#b3261e",dark:"#ffb4a2"},FONT='system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto\
 Sans CJK SC", "PingFang SC", sans-serif',PLAIN_FONT=`12px ${FONT}`,STRONG_FONT=`600 13px ${FONT}`,LABEL_LENGTH=32,MOST_RINGS=3e3,
Overlay=class{constructor(positions,words){this.positions=positions;this.words=words;this.canvas=document.createElement(
"canvas");this.labels=[];this.context=this.canvas.getContext("2d");this.widths=new Float32Array(words.length),this.placer=
this.newPlacer()}setPositions(positions){this.positions=positions,this.placer=this.newPlacer()}draw(scene,ratio){let{camera,
highlight}=scene;this.context.setTransform(ratio,0,0,ratio,0,0),this.context.clearRect(0,0,camera.width,camera.height),this.
drawLasso(scene),this.drawLines(scene);for(let{row}of highlight.neighbors)this.dot(scene,row,3.5);for(let row of highlight.
anchors)this.dot(scene,row,5);this.drawLabels(scene),scene.crosshair&&this.drawCrosshair(scene)}newPlacer(){return new LabelPlacer(
this.positions,row=>this.widthOf(row))}widthOf(row){return this.widths[row]===0&&(this.context.font=PLAIN_FONT,this.widths[row]=
Math.max(4,this.context.measureText(this.textOf(row)).width)),this.widths[row]}textOf(row){return shortened(this.words[row]??
"",LABEL_LENGTH)}x(camera,row){return camera.toScreenX(this.positions[2*row])}y(camera,row){return camera.toScreenY(this.
positions[2*row+1])}drawLabels(scene){if(this.words.length===0)return;let{camera,theme,highlight}=scene,forced=scene.hovered>=
0?[...highlight.anchors,scene.hovered]:highlight.anchors,neighbors=highlight.neighbors.map(({row})=>row),strong=new Set(
[...forced,...neighbors]),most=Math.max(20,camera.width*camera.height/7e3);this.labels=this.placer.place(camera,forced,neighbors,
most,scene.diameter/2+1);let{context}=this;context.textAlign="center",context.textBaseline="middle",context.lineJoin="ro\
und",context.lineWidth=3,context.strokeStyle=css(BACKGROUND[theme]);let quiet=highlight.neighbors.length>0;for(let wanted of[
!1,!0]){context.font=wanted?STRONG_FONT:PLAIN_FONT,context.fillStyle=quiet&&!wanted?QUIET_INK[theme]:INK[theme];for(let label of this.
labels)strong.has(label.row)===wanted&&(highlight.anchors.includes(label.row)?this.pill(label,theme):(context.strokeText(
this.textOf(label.row),label.x,label.y),context.fillText(this.textOf(label.row),label.x,label.y)))}}pill(label,theme){let{
context}=this,width=context.measureText(this.textOf(label.row)).width+12;context.save(),context.fillStyle=ACCENT[theme],
context.beginPath(),context.roundRect(label.x-width/2,label.y-12,width,20,10),context.fill(),context.fillStyle=css(BACKGROUND[theme]),
context.fillText(this.textOf(label.row),label.x,label.y-2),context.restore()}drawLines(scene){let{context}=this,{camera,
highlight,theme}=scene;if(context.strokeStyle=ACCENT[theme],context.lineWidth=1,highlight.anchors.length===1){let[anchor]=highlight.
anchors;for(let{row,similarity}of highlight.neighbors)context.globalAlpha=.15+.45*Math.max(0,similarity),this.line(camera,
anchor,row)}context.lineWidth=2,context.globalAlpha=.8;for(let[from,to]of highlight.arrows)this.line(camera,from,to),this.
arrowhead(camera,from,to);context.globalAlpha=1}line(camera,from,to){this.context.beginPath(),this.context.moveTo(this.x(
camera,from),this.y(camera,from)),this.context.lineTo(this.x(camera,to),this.y(camera,to)),this.context.stroke()}arrowhead(camera,from,to){
let[x,y]=[this.x(camera,to),this.y(camera,to)],angle=Math.atan2(y-this.y(camera,from),x-this.x(camera,from));this.context.
beginPath();for(let side of[-.4,.4])this.context.moveTo(x,y),this.context.lineTo(x-12*Math.cos(angle+side),y-12*Math.sin(
angle+side));this.context.stroke()}dot(scene,row,radius){let{context}=this;context.fillStyle=ACCENT[scene.theme],context.
strokeStyle=css(BACKGROUND[scene.theme]),context.lineWidth=1.5,context.beginPath(),context.arc(this.x(scene.camera,row),
this.y(scene.camera,row),radius,0,2*Math.PI),context.fill(),context.stroke()}drawLasso({camera,theme,lasso,selected,diameter}){
let{context}=this;if(context.strokeStyle=ACCENT[theme],context.lineWidth=1.5,lasso&&lasso.length>1){context.beginPath();
for(let[x,y]of lasso)context.lineTo(camera.toScreenX(x),camera.toScreenY(y));context.closePath(),context.globalAlpha=.07,
context.fillStyle=ACCENT[theme],context.fill(),context.globalAlpha=.9,context.setLineDash([5,4]),context.stroke(),context.
setLineDash([])}context.globalAlpha=.6,context.lineWidth=1,context.beginPath();for(let row of selected.subarray(0,MOST_RINGS)){
let[x,y]=[this.x(camera,row),this.y(camera,row)];context.moveTo(x+diameter/2+1,y),context.arc(x,y,diameter/2+1,0,2*Math.
PI)}context.stroke(),context.globalAlpha=1}drawCrosshair({camera,theme}){let{context}=this,[x,y]=[camera.width/2,camera.
height/2];context.strokeStyle=INK[theme],context.lineWidth=1,context.beginPath();for(let sign of[-1,1])context.moveTo(x+
4*sign,y),context.lineTo(x+12*sign,y),context.moveTo(x,y+4*sign),context.lineTo(x,y+12*sign);context.stroke()}};function pointLook(n,zoom){let crowd=Math.min(1,Math.max(0,(Math.log10(Math.max(n,1))-3)/2.5)),diameter=Math.min(9,(5.5-
3.3*crowd)*zoom**.3),alpha=Math.min(.92,.85-.35*crowd+.08*Math.log2(Math.max(1,zoom)));return{diameter,alpha}}function mixedOrder(n){
let order=Int32Array.from({length:n},(_,row)=>row),seed=1;for(let i=n-1;i>0;i--){seed=Math.imul(seed,1664525)+1013904223>>>
0;let j=Math.floor(seed/4294967296*(i+1)),kept=order[i];order[i]=order[j],order[j]=kept}return order}var CanvasRenderer=class{constructor(){this.name="canvas";this.canvas=document.createElement("canvas");this.context=this.
canvas.getContext("2d",{alpha:!1});this.image=new ImageData(1,1);this.order=new Int32Array(0);this.places=new Float32Array(
0);this.colours=new Uint8Array(0);this.pixels=new Uint32Array(0);this.pixelsFor="";this.anyFaded=!1}setPositions(positions){
let n=positions.length/2;n!==this.order.length&&(this.order=mixedOrder(n)),this.places=new Float32Array(2*n);for(let i=0;i<
n;i++)this.places[2*i]=positions[2*this.order[i]],this.places[2*i+1]=positions[2*this.order[i]+1]}setColours(rgba){let n=rgba.
length/4;n!==this.order.length&&(this.order=mixedOrder(n)),this.colours=new Uint8Array(4*n),this.anyFaded=!1;for(let i=0;i<
n;i++){let from=4*this.order[i];for(let c=0;c<4;c++)this.colours[4*i+c]=rgba[from+c];rgba[from+3]<255&&(this.anyFaded=!0)}
this.pixelsFor=""}draw({camera,ratio,diameter,alpha,background,share}){let{width,height}=this.canvas;(this.image.width!==
width||this.image.height!==height)&&(this.image=new ImageData(Math.max(width,1),Math.max(height,1))),this.blend(alpha,background);
let out=new Uint32Array(this.image.data.buffer);out.fill(pack(background));let spans=disc(Math.max(1,Math.round(diameter*
ratio))),n=Math.min(Math.ceil(this.order.length*share),this.places.length/2);this.anyFaded&&this.drawPoints(out,n,camera,
ratio,spans,!0),this.drawPoints(out,n,camera,ratio,spans,!1),this.context?.putImageData(this.image,0,0)}dispose(){this.canvas.
width=0}drawPoints(out,n,camera,ratio,spans,faded){let{width,height}=this.image,{places,pixels,colours,anyFaded}=this,size=spans.
length/2,scale=camera.scale*ratio,left=camera.width*ratio/2-camera.x*scale-size/2,top=camera.height*ratio/2+camera.y*scale-
size/2;for(let i=0;i<n;i++){let x=Math.round(places[2*i]*scale+left),y=Math.round(top-places[2*i+1]*scale);if(x<0||y<0||
x+size>width||y+size>height||anyFaded&&colours[4*i+3]<255!==faded)continue;let pixel=pixels[i];for(let line=0;line<size;line++){
let start=(y+line)*width+x,end=start+spans[2*line+1];for(let p=start+spans[2*line];p<end;p++)out[p]=pixel}}}blend(alpha,background){
let rounded=Math.round(alpha*20)/20,wanted=`${rounded} ${background}`;if(this.pixelsFor===wanted)return;this.pixelsFor=wanted;
let n=this.colours.length/4;this.pixels=new Uint32Array(n);let[red,green,blue]=background;for(let i=0;i<n;i++){let share=this.
colours[4*i+3]/255*rounded;this.pixels[i]=pack([red+share*(this.colours[4*i]-red),green+share*(this.colours[4*i+1]-green),
blue+share*(this.colours[4*i+2]-blue)])}}};function pack([red,green,blue]){return(255<<24|blue<<16|green<<8|red)>>>0}function disc(size){
let spans=new Int32Array(2*size);for(let line=0;line<size;line++){let y=line+.5-size/2,half=Math.sqrt(Math.max(0,size*size/
4-y*y));spans[2*line]=Math.round(size/2-half),spans[2*line+1]=Math.max(spans[2*line]+1,Math.round(size/2+half))}return spans}var VERTEX=`#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 scale;
uniform vec2 middle;
uniform float diameter;
uniform float alpha;
out vec4 paint;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = diameter + 1.0;
  paint = vec4(colour.rgb, colour.a * alpha);
}`,FRAGMENT=`#version 300 es
precision highp float; // as in the other shader: they share a uniform
in vec4 paint;
uniform float diameter;
out vec4 pixel;
void main() {
  float away = length(gl_PointCoord - 0.5) * (diameter + 1.0);
  float cover = clamp(0.5 * diameter + 0.5 - away, 0.0, 1.0);
  pixel = vec4(paint.rgb, paint.a * cover);
}`;function createWebglRenderer(){let canvas=document.createElement("canvas"),gl=canvas.getContext("webgl2",{alpha:!1,antialias:!1,
depth:!1,stencil:!1}),program=gl&&link(gl);return gl&&program?new WebglRenderer(canvas,gl,program):null}var WebglRenderer=class{constructor(canvas,gl,program){
this.canvas=canvas;this.gl=gl;this.program=program;this.name="webgl2";this.order=new Int32Array(0);this.places=gl.createBuffer(),
this.colours=gl.createBuffer(),gl.useProgram(program),gl.enable(gl.BLEND),gl.blendFunc(gl.SRC_ALPHA,gl.ONE_MINUS_SRC_ALPHA),
this.attribute("place",this.places,2,gl.FLOAT,!1),this.attribute("colour",this.colours,4,gl.UNSIGNED_BYTE,!0)}setPositions(positions){
let n=positions.length/2;n!==this.order.length&&(this.order=mixedOrder(n));let mixed=new Float32Array(2*n);for(let i=0;i<
n;i++)mixed[2*i]=positions[2*this.order[i]],mixed[2*i+1]=positions[2*this.order[i]+1];this.upload(this.places,mixed)}setColours(rgba){
let words=new Uint32Array(rgba.buffer,rgba.byteOffset,rgba.length/4);words.length!==this.order.length&&(this.order=mixedOrder(
words.length));let mixed=new Uint32Array(words.length);for(let i=0;i<words.length;i++)mixed[i]=words[this.order[i]];this.
upload(this.colours,mixed)}draw({camera,ratio,diameter,alpha,background,share}){let{gl}=this,[red,green,blue]=background;
gl.viewport(0,0,this.canvas.width,this.canvas.height),gl.clearColor(red/255,green/255,blue/255,1),gl.clear(gl.COLOR_BUFFER_BIT);
let horizontal=2*camera.scale/camera.width,vertical=2*camera.scale/camera.height;gl.uniform2f(this.uniform("scale"),horizontal,
vertical),gl.uniform2f(this.uniform("middle"),camera.x,camera.y),gl.uniform1f(this.uniform("diameter"),diameter*ratio),gl.
uniform1f(this.uniform("alpha"),alpha),gl.drawArrays(gl.POINTS,0,Math.ceil(this.order.length*share))}dispose(){this.gl.getExtension(
"WEBGL_lose_context")?.loseContext()}uniform(name){return this.gl.getUniformLocation(this.program,name)}upload(buffer,data){
this.gl.bindBuffer(this.gl.ARRAY_BUFFER,buffer),this.gl.bufferData(this.gl.ARRAY_BUFFER,data,this.gl.STATIC_DRAW)}attribute(name,buffer,size,type,normal){
let{gl}=this,location2=gl.getAttribLocation(this.program,name);gl.bindBuffer(gl.ARRAY_BUFFER,buffer),gl.enableVertexAttribArray(
location2),gl.vertexAttribPointer(location2,size,type,normal,0,0)}};function link(gl){let program=gl.createProgram();for(let[
type,source]of[[gl.VERTEX_SHADER,VERTEX],[gl.FRAGMENT_SHADER,FRAGMENT]]){let shader=gl.createShader(type);if(!program||!shader)
return null;gl.shaderSource(shader,source),gl.compileShader(shader),gl.attachShader(program,shader)}return gl.linkProgram(
program),gl.getProgramParameter(program,gl.LINK_STATUS)?program:null}function createRenderer(preferCanvas){return(preferCanvas?null:createWebglRenderer())??new CanvasRenderer}var HIT_RADIUS=10,SETTLE_MS=140,MOST_SETTLE_MS=3e3,FLIGHT_MS=350,FRAME_MS=33,LEAST_SHARE=.03,MapView=class{constructor(positions,words,preferCanvas,labels,handlers){
this.positions=positions;this.words=words;this.handlers=handlers;this.camera=new Camera;this.theme="light";this.highlight=
NO_HIGHLIGHT;this.hovered=-1;this.selected=new Int32Array(0);this.lassoPolygon=null;this.rgba=null;this.share=1;this.pointsChanged=
!0;this.interval=0;this.isMoving=!1;this.frame=0;this.flight=0;this.settle=0;this.stage=element("div",{class:"stage",tabindex:0,
role:"application","aria-label":labels.name,"aria-describedby":labels.describedBy}),this.renderer=createRenderer(preferCanvas),
this.overlay=new Overlay(positions,words),this.grid=new SpatialGrid(positions),this.camera.setBounds(bulkBounds(positions)),
this.camera.state=this.camera.home,this.attach(),this.gestures=new Gestures(this.stage,{pan:(dx,dy)=>this.move(()=>this.
camera.pan(dx,dy)),zoom:(factor,x,y)=>this.move(()=>this.camera.zoomAt(factor,x,y)),home:()=>this.flyTo(this.camera.home),
tap:(x,y,adding)=>this.tap(x,y,adding),hover:(x,y)=>this.hover(this.rowAt(x,y)),leave:()=>this.hover(-1),chooseMiddle:()=>this.
chooseMiddle(),draw:(path,done)=>this.drawLasso(path,done)});for(let type of["focus","blur"])this.stage.addEventListener(
type,()=>this.request());this.observer=new ResizeObserver(()=>this.resize()),this.observer.observe(this.stage)}dispose(){
this.observer.disconnect(),cancelAnimationFrame(this.frame),cancelAnimationFrame(this.flight),clearTimeout(this.settle),
this.renderer.dispose()}setPositions(positions){this.positions=positions,this.renderer.setPositions(positions),this.overlay.
setPositions(positions),this.grid=new SpatialGrid(positions),this.camera.setBounds(bulkBounds(positions)),this.request(!0)}setWords(words){
this.words=words;let overlay=new Overlay(this.positions,words);this.overlay.canvas.replaceWith(overlay.canvas),this.overlay=
overlay,this.resize()}setColours(rgba,theme){this.rgba=rgba,this.theme=theme,this.renderer.setColours(rgba),this.request(
!0)}setHighlight(highlight){let before=this.isQuiet();this.highlight=highlight,this.request(this.isQuiet()!==before)}setSelected(rows,polygon){
let before=this.isQuiet();this.selected=rows,this.lassoPolygon=polygon,this.request(this.isQuiet()!==before)}hover(row){
row!==this.hovered&&(this.hovered=row,this.stage.classList.toggle("pointing",row>=0),this.request())}rowsInside(polygon){
return this.grid.inside(polygon)}viewPolygon(){let{camera}=this,[left,right]=[camera.toMapX(0),camera.toMapX(camera.width)],
[top,bottom]=[camera.toMapY(0),camera.toMapY(camera.height)];return[[left,top],[right,top],[right,bottom],[left,bottom]]}setCamera(state){
this.camera.state=state??this.camera.home,this.request(!0)}isHome(){let{x,y,zoom}=this.camera.home;return this.camera.x===
x&&this.camera.y===y&&this.camera.zoom===zoom}zoomBy(factor){this.move(()=>this.camera.zoomAt(factor,this.camera.width/2,
this.camera.height/2))}show(rows,zooming){if(rows.length===0)return;if(zooming){this.flyTo(this.camera.fitting(boundsOf(
this.positions,rows),60));return}let[x,y]=[this.positions[2*rows[0]],this.positions[2*rows[0]+1]],[screenX,screenY]=[this.
camera.toScreenX(x),this.camera.toScreenY(y)],{width,height}=this.camera;screenX>40&&screenX<width-40&&screenY>40&&screenY<
height-40||this.flyTo({x,y,zoom:this.camera.zoom})}flyTo(target){cancelAnimationFrame(this.flight);let from=this.camera.
state,still=matchMedia("(prefers-reduced-motion: reduce)").matches,start=performance.now(),step=now=>{let share=still?1:
Math.min(1,Math.max(0,now-start)/FLIGHT_MS),eased=share*share*(3-2*share),between=(a,b)=>a+eased*(b-a),state={x:between(
from.x,target.x),y:between(from.y,target.y),zoom:from.zoom*(target.zoom/from.zoom)**eased};this.camera.state=share===1?target:
state,this.motion(),share<1&&(this.flight=requestAnimationFrame(step))};step(start)}attach(){let{canvas}=this.renderer;canvas.
addEventListener("webglcontextlost",()=>this.fallBack(canvas)),this.stage.replaceChildren(canvas,this.overlay.canvas),this.
stage.dataset.renderer=this.renderer.name,this.renderer.setPositions(this.positions),this.rgba&&this.renderer.setColours(
this.rgba)}fallBack(lost){!this.stage.isConnected||this.renderer.canvas!==lost||(this.renderer=createRenderer(!0),this.attach(),
this.resize())}resize(){let{clientWidth:width,clientHeight:height}=this.stage;if(!(width===0||height===0)){this.camera.width=
width,this.camera.height=height;for(let canvas of[this.renderer.canvas,this.overlay.canvas])canvas.width=Math.round(width*
pixelRatio()),canvas.height=Math.round(height*pixelRatio());this.pointsChanged=!0,this.draw(performance.now())}}move(change){
cancelAnimationFrame(this.flight),change(),this.motion()}motion(){this.isMoving=!0,clearTimeout(this.settle);let patience=Math.
min(MOST_SETTLE_MS,Math.max(SETTLE_MS,2*this.interval));this.settle=window.setTimeout(()=>{this.isMoving=!1,this.request(
!0),this.handlers.moved()},patience),this.request(!0)}request(pointsChanged=!1){this.pointsChanged||(this.pointsChanged=
pointsChanged),this.frame===0&&(this.frame=requestAnimationFrame(now=>{this.frame=0,this.draw(now)}))}draw(now){if(this.
rgba===null||this.camera.width<=1)return;let{camera,theme}=this,ratio=pixelRatio(),{diameter,alpha}=pointLook(this.positions.
length/2,camera.zoom);if(this.pointsChanged){let share=this.isMoving?this.share:1,background=BACKGROUND[theme];this.renderer.
draw({camera,ratio,diameter,alpha:this.isQuiet()?.55*alpha:alpha,background,share}),this.pointsChanged=!1,requestAnimationFrame(
next=>this.adapt(share,next-now))}let{highlight,hovered,selected,lassoPolygon:lasso}=this,crosshair=this.stage.matches("\
:focus-visible");this.overlay.draw({camera,theme,diameter,highlight,hovered,selected,lasso,crosshair},ratio)}adapt(drawn,interval){
this.interval=interval;let factor=FRAME_MS/interval;factor>1?this.share=Math.min(1,1.05*this.share):factor<.8&&(this.share=
Math.max(LEAST_SHARE,Math.min(this.share,drawn*Math.max(.05,factor))))}isQuiet(){return this.highlight.anchors.length>0||
this.selected.length>0}rowAt(x,y){let label=labelAt(this.overlay.labels,x,y);if(label)return label.row;let{camera}=this;
return this.grid.nearest(camera.toMapX(x),camera.toMapY(y),HIT_RADIUS/camera.scale)}tap(x,y,adding){let row=this.rowAt(x,
y);row>=0&&this.words.length>0&&this.handlers.choose(row,adding)}chooseMiddle(){let{camera}=this,radius=Math.min(camera.
width,camera.height)/2/camera.scale,row=this.grid.nearest(camera.x,camera.y,radius);row>=0&&this.words.length>0&&this.handlers.
choose(row,!1)}drawLasso(path,done){let{camera}=this;this.lassoPolygon=path.map(([x,y])=>[camera.toMapX(x),camera.toMapY(
y)]),done&&this.handlers.lasso(this.lassoPolygon),this.request()}};function pixelRatio(){return Math.min(2,window.devicePixelRatio||
1)}var METHODS={pca:"PCA",umap:"UMAP",tsne:"t-SNE"},MapCard=class{constructor(model,preferCanvas,isTitled,colourControl,handlers){
this.model=model;this.handlers=handlers;this.isColoured=!1;this.legend=element("div",{class:"legend-body"});this.honest=
element("p",{class:"honest"});let keysId=newId(),name=t("map",{name:model.info.name});this.view=new MapView(model.positions,
[],preferCanvas,{name,describedBy:keysId},handlers),this.lassoTool=iconButton(ICONS.lasso,t("lassoTool"),()=>handlers.toggleLasso(),
{"aria-pressed":"false"});let tools=element("div",{class:"tools",role:"group","aria-label":name},iconButton(ICONS.plus,t(
"zoomIn"),()=>this.view.zoomBy(1.6)),iconButton(ICONS.minus,t("zoomOut"),()=>this.view.zoomBy(1/1.6)),iconButton(ICONS.home,
t("zoomHome"),()=>this.view.flyTo(this.view.camera.home)),this.lassoTool),legendCard=element("details",{class:"legend"},
element("summary",{},t("colour")),colourControl,this.legend);legendCard.open=matchMedia("(min-width: 800px)").matches,this.
root=element("section",{class:"map","aria-label":name},this.view.stage,element("p",{id:keysId,class:"hidden"},t("mapKeys")),
element("div",{class:"caption"},isTitled?element("h2",{},model.info.name):null,this.honest),legendCard,tools),this.showLayout()}showLayout(){
let{method,kept,pending,progress}=this.model.info.map,lines=[t("layout",{method:methodName(method)}),kept===null?t("kept\
Unknown"):t("kept",{share:formatShare(kept)})];if(this.honest.replaceChildren(lines.join(currentLanguage()==="zh"?"":" ")),
pending!==null){let bar=element("progress",{max:1,value:progress,"aria-label":methodName(pending)});this.honest.append(element(
"span",{class:"pending"},`${t("pending",{method:methodName(pending)})} `,bar))}}show(column,theme,only){this.isColoured=
!0;let made=colouring(column,this.model.info.n_rows,theme,only);this.view.setColours(made.rgba,theme),this.legend.replaceChildren(
...legendOf(made.legend,only,value=>this.handlers.only(value)))}showLoading(){this.legend.replaceChildren(element("p",{class:"\
hint"},t("loading")))}setDrawing(on){this.view.gestures.drawing=on,this.view.stage.classList.toggle("drawing",on),this.lassoTool.
setAttribute("aria-pressed",`${on}`)}};function methodName(method){return METHODS[method]??method}var SourceError=class extends Error{constructor(message,key=null){super(message);this.key=key}};var LONGEST=280;function answerList(context,model,answers){return element("ol",{class:"answers"},...answers.map(answer=>answerItem(
context,model,answer)))}function answerItem(context,model,answer){let bar=element("span",{class:"bar","aria-hidden":"tru\
e"});bar.style.setProperty("--share",`${Math.max(0,Math.min(1,answer.similarity))}`);let number=element("span",{class:"n\
umber"},formatSimilarity(answer.similarity)),word=element("span",{class:"word"},shortened(answer.word,LONGEST));return element(
"li",{},rowButton(context,model,answer.row,word,number,bar))}function rowButton(context,model,row,...children){let key=context.
models[model].keyOf(row),made=button({class:"row"},event=>context.choose(key,event.shiftKey),...children);for(let type of[
"pointerenter","focus"])made.addEventListener(type,()=>context.hover(model,row));for(let type of["pointerleave","blur"])
made.addEventListener(type,()=>context.hover(model,-1));return made}function formatSimilarity(similarity){return similarity.
toFixed(3).replace("-","−")}function errorLine(error){let text=error instanceof SourceError&&error.key?t(error.key):error instanceof
Error?error.message:`${error}`;return element("p",{class:"error",role:"alert"},text)}function hint(text){return element(
"p",{class:"hint"},text)}var CompletionField=class{constructor(options){this.options=options;this.keys=[];this.active=-1;let[inputId,listId]=[newId(),
newId()];this.input=element("input",{id:inputId,type:"text",role:"combobox",autocomplete:"off",autocapitalize:"off",spellcheck:"\
false","aria-autocomplete":"list","aria-expanded":"false","aria-controls":listId,placeholder:options.name}),this.input.value=
options.value,this.list=element("ul",{id:listId,role:"listbox",class:"completions","aria-label":options.name}),this.list.
hidden=!0,this.status=element("span",{class:"hidden",role:"status"});let label=element("label",{for:inputId,class:options.
visibleName?"":"hidden"},options.name);this.root=element("div",{class:"field"},label,this.input,this.list,this.status),this.
input.addEventListener("input",()=>this.open()),this.input.addEventListener("focus",()=>this.input.select()),this.input.
addEventListener("blur",()=>this.close()),this.input.addEventListener("keydown",event=>this.key(event))}set value(text){
this.input.value=text,this.close()}open(){this.keys=this.options.complete(this.input.value),this.list.replaceChildren(...this.
keys.map((key,i)=>this.option(key,i)));let typed=this.input.value.trim()!=="";typed&&this.keys.length===0&&this.list.append(
element("li",{class:"none"},t("noCompletion"))),this.list.hidden=!typed,this.input.setAttribute("aria-expanded",`${this.
keys.length>0}`),this.status.textContent=typed?t("completions",{n:formatCount(this.keys.length)}):"",this.activate(-1)}option(key,i){
let option=element("li",{role:"option",id:`${this.list.id}-${i}`,"aria-selected":"false"},this.options.labelOf(key));return option.
addEventListener("pointerdown",event=>{event.preventDefault(),this.choose(key)}),option}activate(index){this.list.children[this.
active]?.setAttribute("aria-selected","false"),this.active=index;let option=this.list.children[index];index>=0&&option?(option.
setAttribute("aria-selected","true"),option.scrollIntoView({block:"nearest"}),this.input.setAttribute("aria-activedescen\
dant",option.id)):this.input.removeAttribute("aria-activedescendant")}close(){this.list.hidden=!0,this.input.setAttribute(
"aria-expanded","false"),this.activate(-1)}choose(key){this.value=this.options.labelOf(key),this.options.choose(key)}key(event){
if(event.isComposing)return;let n=this.keys.length,isOpen=!this.list.hidden;event.key==="ArrowDown"||event.key==="ArrowU\
p"?(event.preventDefault(),isOpen?n>0&&this.activate(event.key==="ArrowDown"?(this.active+1)%n:Math.max(this.active,0)-1):
this.open()):event.key==="Enter"?(event.preventDefault(),isOpen||this.open(),this.keys.length>0&&this.choose(this.keys[Math.
max(0,this.active)])):event.key==="Escape"&&isOpen&&(event.stopPropagation(),this.close())}};var Latest=class{constructor(){this.asked=0}async of(question,use,fail2){this.asked+=1;let mine=this.asked;try{let answer=await question;
mine===this.asked&&use(answer)}catch(error){mine===this.asked&&fail2(error)}}drop(){this.asked+=1}};var TOPN=10,AnalogyPanel=class{constructor(context){this.context=context;this.results=element("div",{class:"results"});this.
latest=new Latest;this.fields=["analogyA","analogyB","analogyC"].map((key,i)=>new CompletionField({name:t(key),visibleName:!0,
value:context.state.analogy[i],complete:text=>context.complete(text),labelOf:word=>word,choose:word=>this.set(i,word)}));
let[a,b,c]=this.fields.map(field=>field.root),form=element("div",{class:"analogy"},a,element("span",{class:"between"},t(
"analogyIs")),b,element("span",{class:"between"},t("analogyAs")),c,element("span",{class:"between"},`${t("analogyIs")} …`));
this.root=element("div",{},hint(t("analogyHint")),form,this.results)}focus(){let empty=this.context.state.analogy.indexOf(
"");this.fields[Math.max(0,empty)].input.focus()}update(){let{analogy}=this.context.state;this.fields.forEach((field,i)=>{
field.input.value!==analogy[i]&&document.activeElement!==field.input&&(field.value=analogy[i])});for(let model of this.context.
models)this.context.highlight(model.number,NO_HIGHLIGHT);if(analogy.some(word=>word==="")){this.latest.drop(),this.results.
replaceChildren();return}let questions=this.context.models.map(model=>this.ask(model.number));this.latest.of(Promise.all(
questions),sections=>this.results.replaceChildren(element("h2",{},t("answers")),...sections),error=>this.results.replaceChildren(
errorLine(error)))}set(place,word){let analogy=[...this.context.state.analogy];analogy[place]=word,this.context.change({
analogy});let empty=analogy.indexOf("");empty>=0&&this.fields[empty].input.focus()}async ask(number){let model=this.context.
models[number],head2=this.context.models.length>1?element("h3",{},model.info.name):null;try{let[a,b,c]=this.context.state.
analogy.map(word=>{let item=model.itemOf(word);if(!item)throw new SourceError(t("notInModel",{word,name:model.info.name}));
return item}),answers=await this.context.source.neighbors(number,[b,c],[a],TOPN),arrows=[[a.row,b.row]];return answers.length>
0&&arrows.push([c.row,answers[0].row]),this.context.highlight(number,{anchors:[a.row,b.row,c.row],neighbors:answers.slice(
0,1),arrows}),answers.length>0&&number===0&&this.context.announce(`${a.word} : ${b.word} = ${c.word} : ${answers[0].word}`),
element("section",{},head2,answerList(this.context,number,answers))}catch(error){return element("section",{},head2,errorLine(
error))}}};var TOPN2=200,ChangesPanel=class{constructor(context){this.context=context;this.results=element("div",{class:"results"});
this.latest=new Latest;this.isLoaded=!1;this.root=element("div",{},hint(t("changesHint")),this.results)}focus(){this.results.
querySelector("button")?.focus()}update(){for(let model of this.context.models)this.context.highlight(model.number,NO_HIGHLIGHT);
this.isLoaded||(this.isLoaded=!0,this.results.replaceChildren(hint(t("loading"))),this.latest.of(this.context.source.drift(
TOPN2),words=>this.show(words),error=>{this.isLoaded=!1,this.results.replaceChildren(errorLine(error))}))}show(words){if(words.
length===0){this.results.replaceChildren(hint(t("noChanges")));return}let most=Math.max(...words.map(({score})=>score),1e-9),
items=words.map(entry=>element("li",{},this.item(entry,most)));this.results.replaceChildren(element("ol",{class:"answers"},
...items))}item({word,rows,score,shared},most){let bar=element("span",{class:"bar","aria-hidden":"true"});bar.style.setProperty(
"--share",`${Math.max(0,score/most)}`);let number=element("span",{class:"number",title:t("score")},score.toFixed(3)),note=element(
"span",{class:"note"},t("shared",{share:formatShare(shared)})),made=button({class:"row"},()=>this.context.choose(word,!1),
element("span",{class:"word"},word),number,bar,note),hover=on=>{for(let model of[0,1])this.context.hover(model,on?rows[model]:
-1)};for(let type of["pointerenter","focus"])made.addEventListener(type,()=>hover(!0));for(let type of["pointerleave","b\
lur"])made.addEventListener(type,()=>hover(!1));return made}};var TOPN3=10,ComparePanel=class{constructor(context){this.context=context;this.results=element("div",{class:"results"});
this.latest=new Latest;this.fields=["compareA","compareB"].map((key,i)=>new CompletionField({name:t(key),visibleName:!0,
value:context.state.pair[i],complete:text=>context.complete(text),labelOf:word=>word,choose:word=>this.set(i,word)}));let swap=iconButton(
ICONS.swap,t("swap"),()=>{let[a,b]=context.state.pair;context.change({pair:[b,a]})}),form=element("div",{class:"compare"},
this.fields[0].root,swap,this.fields[1].root);this.root=element("div",{},hint(t("compareHint")),form,this.results)}focus(){
let empty=this.context.state.pair.indexOf("");this.fields[Math.max(0,empty)].input.focus()}update(){let{pair}=this.context.
state;this.fields.forEach((field,i)=>{field.input.value!==pair[i]&&document.activeElement!==field.input&&(field.value=pair[i])});
for(let model of this.context.models)this.context.highlight(model.number,NO_HIGHLIGHT);if(pair.includes("")){this.latest.
drop(),this.results.replaceChildren();return}this.latest.of(Promise.all(this.context.models.map(model=>this.ask(model.number))),
sections=>this.results.replaceChildren(...sections),error=>this.results.replaceChildren(errorLine(error)))}set(place,word){
let pair=[...this.context.state.pair];pair[place]=word,this.context.change({pair});let empty=pair.indexOf("");empty>=0&&
this.fields[empty].input.focus()}async ask(number){let model=this.context.models[number],head2=this.context.models.length>
1?element("h3",{},model.info.name):null;try{let items=this.context.state.pair.map(word=>{let item=model.itemOf(word);if(!item)
throw new SourceError(t("notInModel",{word,name:model.info.name}));return item}),[a,b]=items,{source}=this.context,[similarity,
near]=await Promise.all([source.similarity(number,a.word,b.word),source.neighbors(number,items,[],TOPN3)]);this.context.
highlight(number,{anchors:[a.row,b.row],neighbors:near,arrows:[]}),number===0&&this.context.announce(`${t("cosine")}: ${formatSimilarity(
similarity)}`);let bar=element("span",{class:"bar","aria-hidden":"true"});return bar.style.setProperty("--share",`${Math.
max(0,Math.min(1,similarity))}`),element("section",{},head2,element("p",{class:"big"},element("span",{class:"label"},t("\
cosine")),formatSimilarity(similarity),bar),element("h2",{},t("nearBoth")),answerList(this.context,number,near))}catch(error){
return element("section",{},head2,errorLine(error))}}};var FIRST=20,MORE=30,MOST=200,SearchPanel=class{constructor(context){this.context=context;this.chips=element("ul",{class:"\
chips"});this.results=element("div",{class:"results"});this.latest=new Latest;this.topn=FIRST;this.shown="";this.adding=
!1;let name=t(this.holdsTexts?"searchTexts":"searchWords");this.field=new CompletionField({name,visibleName:!1,value:"",
complete:text=>context.complete(text),labelOf:key=>context.labelOf(key),choose:key=>{let{adding}=this;this.adding=!1,this.
field.value="",context.choose(key,adding)}}),this.root=element("div",{},this.field.root,this.chips,this.results)}focus(){
this.field.input.focus()}update(){let{words}=this.context.state,asked=words.join(`
`);if(asked!==this.shown&&(this.topn=FIRST),this.shown=asked,this.showChips(),words.length===0){this.latest.drop(),this.
results.replaceChildren(...this.welcome());for(let model of this.context.models)this.context.highlight(model.number,NO_HIGHLIGHT);
return}for(let model of this.context.models)this.context.highlight(model.number,{...NO_HIGHLIGHT,anchors:this.anchors(model.
number)});let questions=this.context.models.map(model=>this.ask(model.number));this.latest.of(Promise.all(questions),answers=>this.
show(answers),()=>{})}get holdsTexts(){return this.context.models[0].holdsTexts}anchors(model){return this.context.state.
words.map(key=>this.context.models[model].rowOf(key)).filter(row=>row!==void 0)}async ask(number){let model=this.context.
models[number],items=[];for(let key of this.context.state.words){let item=model.itemOf(key);if(!item){let error=new SourceError(
t("notInModel",{word:model.labelOf(key),name:model.info.name}));return{neighbors:[],error}}items.push(item)}try{return{neighbors:await this.
context.source.neighbors(number,items,[],this.topn),error:null}}catch(error){return{neighbors:[],error}}}show(answers){let{
models,state}=this.context,sections=answers.map(({neighbors,error},number)=>{let anchors=this.anchors(number);this.context.
highlight(number,{anchors,neighbors,arrows:[]});let head2=models.length>1?element("h3",{},models[number].info.name):null,
rows=[...anchors,...neighbors.map(({row})=>row)],zoom=button({class:"quiet"},()=>this.context.show(number,rows),t("zoomT\
oThese")),body=error?[errorLine(error)]:[answerList(this.context,number,neighbors),zoom];return element("section",{},head2,
...anchors.length===1?[this.facts(number,anchors[0])]:[],...body)}),name=state.words.length===1?t("neighborsOf",{word:this.
context.labelOf(state.words[0])}):t("neighborsOfMean"),more=button({class:"quiet"},()=>this.more(),t("more")),isMore=this.
topn<MOST&&answers.some(({neighbors})=>neighbors.length===this.topn);this.results.replaceChildren(element("h2",{class:"c\
lamped"},name),hint(t("trueNeighbors",{d:models[0].info.vector_size})),element("div",{class:sections.length>1?"pair":""},
...sections),...isMore?[more]:[]),this.announce(answers)}announce(answers){let first=answers.find(({neighbors})=>neighbors.
length>0);first&&this.context.announce(t("announceNeighbors",{n:first.neighbors.length,words:this.context.state.words.map(
key=>this.context.labelOf(key)).join(", "),first:first.neighbors[0].word,similarity:first.neighbors[0].similarity.toFixed(
2)}))}facts(number,row){let model=this.context.models[number],values={row:formatCount(row+1),n:formatCount(model.info.n_rows)},
facts=element("div",{class:"facts"},hint(t(model.holdsTexts?"textOf":"rowOf",values)));return model.holdsTexts&&this.context.
source.text(number,row).then(({text,columns})=>{let pairs=Object.entries(columns).flatMap(([name,value])=>[element("dt",
{},name),element("dd",{},typeof value=="number"?formatNumber(value):`${value??t("missing")}`)]);facts.append(element("p",
{class:"text"},text),element("dl",{},...pairs))},()=>{}),facts}more(){this.topn=Math.min(MOST,this.topn+MORE),this.update()}showChips(){
let{words}=this.context.state,chips=words.map((key,i)=>{let word=this.context.labelOf(key),remove=()=>this.context.change(
{words:words.filter((_,j)=>j!==i)});return element("li",{class:"chip"},element("span",{class:"clamped"},word),iconButton(
ICONS.close,t("remove",{word}),remove))});if(this.chips.replaceChildren(...chips),words.length>0&&!this.holdsTexts&&this.
context.source.hasVectors){let add=button({class:"quiet",title:t("addHint"),"aria-pressed":`${this.adding}`},()=>this.startAdding(),
`+ ${t("add")}`);this.chips.append(element("li",{},add))}}startAdding(){this.adding=!this.adding,this.showChips(),this.focus()}welcome(){
let{words,holdsTexts}=this.context.models[0];if(holdsTexts)return[hint(t("searchHintTexts"))];let examples=words.slice(150,
3e3).filter(word=>/^\p{L}{2,}$/u.test(word)&&word.length<12),step=Math.max(1,Math.floor(examples.length/6)),items=examples.
filter((_,i)=>i%step===0).slice(0,6).map(word=>element("li",{},button({class:"quiet"},()=>this.context.choose(word,!1),word))),
list=element("ul",{class:"chips"},...items);return[hint(t(this.context.source.hasVectors?"searchHint":"searchHintExporte\
d")),...items.length>0?[element("h2",{},t("tryWords")),list]:[]]}};function toCsv(lines){return lines.map(cells=>`${cells.map(quoted).join(",")}\r
`).join("")}function quoted(cell){return/[",\r\n]/.test(cell)?`"${cell.replace(/"/g,'""')}"`:cell}var MOST_LISTED=500,LONGEST2=120,SelectionPanel=class{constructor(context){this.context=context;this.results=element("di\
v",{class:"results"});this.draw=button({class:"main"},()=>context.drawLasso(!context.isDrawing()),t("startLasso"));let view=button(
{},()=>context.selectView(),t("selectView"));this.root=element("div",{},hint(t("selectionHint")),element("div",{class:"b\
uttons"},this.draw,view),this.results)}focus(){this.draw.focus()}update(){let{context}=this;this.draw.textContent=t(context.
isDrawing()?"stopLasso":"startLasso"),this.draw.setAttribute("aria-pressed",`${context.isDrawing()}`);for(let model2 of context.
models)context.highlight(model2.number,NO_HIGHLIGHT);let{lasso}=context.state;if(!lasso){this.results.replaceChildren();
return}let model=context.models[lasso.model],rows=context.rowsInside(lasso.model),items=Array.from(rows.subarray(0,MOST_LISTED),
row=>{let word=element("span",{class:"word"},shortened(model.words[row],LONGEST2));return element("li",{},rowButton(context,
lasso.model,row,word))}),count=t("selected",{n:formatCount(rows.length)}),isCut=rows.length>MOST_LISTED;this.results.replaceChildren(
element("h2",{},context.models.length>1?`${model.info.name}: ${count}`:count),element("div",{class:"buttons"},...this.exports(
model,rows),this.clear()),...isCut?[hint(t("firstOf",{k:MOST_LISTED,n:formatCount(rows.length)}))]:[],element("ol",{class:model.
holdsTexts?"answers":"answers words"},...items)),context.announce(count)}clear(){return button({class:"quiet"},()=>this.
context.change({lasso:null}),t("clear"))}exports(model,rows){let copy=button({class:"quiet"},async()=>{await copyText(Array.
from(rows,row=>model.words[row]).join(`
`)),this.context.announce(t("copied")),copy.textContent=t("copied")},t("copy")),download=button({class:"quiet"},()=>this.
download(model,rows),t("download"));return[copy,download]}async download(model,rows){let names=model.info.columns.map(({
name})=>name),columns=await Promise.all(names.map(name=>model.column(name))),lines=Array.from(rows,row=>[`${row}`,model.
words[row],...columns.map(column=>column.type==="category"?column.values[column.codes[row]]??"":Number.isNaN(column.values[row])?
"":`${column.values[row]}`)]),header=["row",model.holdsTexts?"text":"word",...names],address=URL.createObjectURL(new Blob(
[toCsv([header,...lines])],{type:"text/csv"}));element("a",{href:address,download:"selection.csv"}).click(),URL.revokeObjectURL(
address)}};var Tabs=class{constructor(panels,choose){this.panels=panels;this.choose=choose;this.tabs=new Map;let bar=element("div",
{role:"tablist",class:"tabs","aria-label":t("panel")}),bodies=[...panels].map(([name,panel])=>{let[tabId,bodyId]=[newId(),
newId()],tab=button({role:"tab",id:tabId,"aria-controls":bodyId,"data-tab":name},()=>choose(name),t(name));return this.tabs.
set(name,tab),bar.append(tab),element("div",{role:"tabpanel",id:bodyId,"aria-labelledby":tabId,class:"body"},panel.root)});
bar.addEventListener("keydown",event=>this.key(event)),this.root=element("div",{class:"tabbed"},bar,...bodies)}show(chosen){
for(let[name,tab]of this.tabs)tab.setAttribute("aria-selected",`${name===chosen}`),tab.tabIndex=name===chosen?0:-1;for(let[
name,panel]of this.panels)panel.root.parentElement.hidden=name!==chosen}key(event){let names=[...this.tabs.keys()],now=names.
findIndex(name2=>this.tabs.get(name2)===event.target),next={ArrowRight:now+1,ArrowLeft:now-1,Home:0,End:-1}[event.key];if(next===
void 0||now<0)return;event.preventDefault();let name=names[(next+names.length)%names.length];this.choose(name),this.tabs.
get(name)?.focus()}};var QUERY="(prefers-color-scheme: dark)";function resolveTheme(chosen){return chosen??(matchMedia(QUERY).matches?"dark":
"light")}function onSystemTheme(changed){matchMedia(QUERY).addEventListener("change",changed)}var TABS=["search","analogy","compare","selection","changes"];function emptyState(){return{tab:"search",words:[],analogy:[
"","",""],pair:["",""],colour:null,only:null,cameras:[],lasso:null,theme:null,language:null}}function formatState(state){
let out=new URLSearchParams;state.tab!=="search"&&out.set("tab",state.tab);for(let word of state.words)out.append("word",
word);if(state.analogy.some(word=>word!==""))for(let word of state.analogy)out.append("analogy",word);if(state.pair.some(
word=>word!==""))for(let word of state.pair)out.append("pair",word);if(state.colour!==null&&out.set("colour",state.colour),
state.only!==null&&out.set("only",state.only),state.cameras.forEach((camera,model)=>{camera&&out.set(`view${model}`,[camera.
x,camera.y,camera.zoom].map(short).join(","))}),state.lasso){let{model,polygon}=state.lasso;out.set("lasso",[`${model}`,
...polygon.map(point=>point.map(short).join(","))].join(";"))}return state.theme&&out.set("theme",state.theme),state.language&&
out.set("lang",state.language),out.toString()}function parseState(fragment){let parameters=new URLSearchParams(fragment.
replace(/^#/,"")),state=emptyState(),tab=TABS.find(name=>name===parameters.get("tab"));tab&&(state.tab=tab),state.words=
parameters.getAll("word");let[a="",b="",c=""]=parameters.getAll("analogy");state.analogy=[a,b,c];let[first="",second=""]=parameters.
getAll("pair");state.pair=[first,second],state.colour=parameters.get("colour"),state.only=parameters.get("only");for(let model of[
0,1]){let numbers=parseNumbers(parameters.get(`view${model}`)??"",3);state.cameras.push(numbers&&numbers[2]>0?{x:numbers[0],
y:numbers[1],zoom:numbers[2]}:null)}state.lasso=parseLasso(parameters.get("lasso")??"");let theme=parameters.get("theme");
(theme==="light"||theme==="dark")&&(state.theme=theme);let language2=parameters.get("lang");return(language2==="en"||language2===
"zh")&&(state.language=language2),state}function parseLasso(text){let[model,...rest]=text.split(";"),polygon=rest.map(part=>parseNumbers(
part,2));return model!=="0"&&model!=="1"||polygon.length<3||polygon.includes(null)?null:{model:Number(model),polygon}}function parseNumbers(text,n){
let numbers=text.split(",").map(Number);return text!==""&&numbers.length===n&&numbers.every(Number.isFinite)?numbers:null}
function short(value){return`${Number(value.toPrecision(5))}`}var COMPLETIONS=10,App=class{constructor(source,info,models,state,preferCanvas,handlers){this.source=source;this.models=
models;this.state=state;this.root=element("div",{class:"app"});this.live=element("div",{class:"hidden","aria-live":"poli\
te"});this.drawing=!1;this.onKey=event=>this.key(event);this.isReady=!1;this.help=helpDialog(source.hasVectors&&!models[0].
holdsTexts),this.colourSelect=this.makeColourSelect(),this.cards=models.map(model=>this.makeCard(model,preferCanvas)),this.
panels=this.makePanels(info),this.tabs=new Tabs(this.panels,tab=>this.openTab(tab));let isShown=()=>this.root.classList.
toggle("folded");this.root.append(head(this.summary(info),info.title,{...handlers,help:()=>this.help.showModal(),fold:isShown}),
element("aside",{class:"panel","aria-label":t("panel")},this.tabs.root),element("main",{class:models.length>1?"maps two":
"maps"},...this.cards.map(card=>card.root)),this.live,this.help),document.addEventListener("keydown",this.onKey),this.tabs.
show(this.state.tab)}async load(){let words=Promise.all(this.models.map(model=>model.loadWords()));await Promise.all(this.
models.map(model=>model.loadMap())),this.cards.forEach(({view,model},i)=>{view.setPositions(model.positions),view.setCamera(
this.state.cameras[i]??null)}),this.recolour(),requestAnimationFrame(()=>performance.mark("wordvec-points")),await words;
for(let{view,model}of this.cards)view.setWords(model.words);this.isReady=!0,this.update(),document.documentElement.dataset.
ready="words",requestAnimationFrame(()=>performance.mark("wordvec-words"))}dispose(){document.removeEventListener("keydo\
wn",this.onKey);for(let card of this.cards)card.view.dispose();this.root.remove()}change(part){this.state={...this.state,
...part},this.save(),this.update()}choose(key,adding){let{words}=this.state,canAdd=adding&&this.source.hasVectors&&!this.
models[0].holdsTexts&&!words.includes(key);this.state={...this.state,tab:"search",words:canAdd?[...words,key]:[key]},this.
tabs.show("search"),this.change({}),this.models.forEach((model,i)=>{let row=model.rowOf(key);row!==void 0&&this.cards[i].
view.show([row],!1)})}highlight(model,highlight){this.cards[model].view.setHighlight(highlight)}hover(model,row){this.cards[model].
view.hover(row)}show(model,rows){this.cards[model].view.show(rows,!0)}drawLasso(on){this.drawing=on;for(let card of this.
cards)card.setDrawing(on);this.update()}isDrawing(){return this.drawing}selectView(){this.change({lasso:{model:0,polygon:this.
cards[0].view.viewPolygon()}})}rowsInside(model){return this.cards[model].view.rowsInside(this.state.lasso?.polygon??[])}announce(text){
this.live.textContent=text}complete(text){let keys=this.models.flatMap(model=>model.index.complete(text,COMPLETIONS).map(
row=>model.keyOf(row)));return[...new Set(keys)].slice(0,COMPLETIONS)}labelOf(key){return this.models[0].labelOf(key)}async refreshLayout(info){
let isNew=this.models.some(({info:{map},number})=>map.method!==info.models[number].map.method);for(let{model,view}of this.
cards){model.info=info.models[model.number];let{method}=model.info.map;isNew&&(await model.reloadMap(),view.setPositions(
model.positions),view.setCamera(null),this.update(),this.announce(t("newLayout",{method:methodName(method)})))}for(let card of this.
cards)card.showLayout()}recolour(){let theme=resolveTheme(this.state.theme);document.documentElement.dataset.theme=theme;
let name=this.colourName();this.colourSelect.value=name;for(let card of this.cards){let hasColumn=card.model.info.columns.
some(column=>column.name===name),{only}=this.state;if(!hasColumn){card.show(null,theme,null);continue}card.isColoured||card.
show(null,theme,null),card.showLoading();let stillWanted=()=>this.colourName()===name&&this.state.only===only;card.model.
column(name).then(column=>{stillWanted()&&card.show(column,resolveTheme(this.state.theme),only)},()=>card.show(null,theme,
null))}}update(){if(!this.isReady)return;this.tabs.show(this.state.tab);let{lasso}=this.state;this.cards.forEach(({view},model)=>{
let polygon=lasso?.model===model?lasso.polygon:null;view.setSelected(polygon?view.rowsInside(polygon):new Int32Array(0),
polygon)}),this.panels.get(this.state.tab)?.update()}openTab(tab){this.change({tab})}save(){let{pathname,search}=location,
fragment=formatState(this.state);history.replaceState(null,"",`${pathname}${search}${fragment?`#${fragment}`:""}`)}moved(){
let cameras=this.cards.map(({view})=>view.isHome()?null:view.camera.state);this.state={...this.state,cameras},this.save()}colourName(){
let{columns}=this.models[0].info,known=name=>columns.some(column=>column.name===name),{colour}=this.state;return colour!==
null&&(colour===""||known(colour))?colour:["frequency","cluster"].find(known)??""}makeColourSelect(){let names={frequency:t(
"frequency"),cluster:t("cluster")},options=this.models[0].info.columns.map(({name})=>element("option",{value:name},names[name]??
name)),select=element("select",{"aria-label":t("colour")},element("option",{value:""},t("oneColour")),...options);return select.
addEventListener("change",()=>{this.state={...this.state,colour:select.value,only:null},this.save(),this.recolour()}),select}makeCard(model,preferCanvas){
let control=model.number===0?this.colourSelect:null;return new MapCard(model,preferCanvas,this.models.length>1,control,{
choose:(row,adding)=>this.choose(model.keyOf(row),adding),lasso:polygon=>{this.drawing=!1;for(let card of this.cards)card.
setDrawing(!1);this.change({tab:"selection",lasso:{model:model.number,polygon}})},moved:()=>this.moved(),toggleLasso:()=>this.
drawLasso(!this.drawing),only:value=>{this.state={...this.state,only:value},this.save(),this.recolour()}})}makePanels(info){
let panels=new Map([["search",new SearchPanel(this)]]);return this.models[0].holdsTexts||(panels.set("analogy",new AnalogyPanel(
this)),panels.set("compare",new ComparePanel(this))),panels.set("selection",new SelectionPanel(this)),info.drift&&panels.
set("changes",new ChangesPanel(this)),panels.has(this.state.tab)||(this.state={...this.state,tab:"search"}),panels}summary(info){
return info.models.map(({kind,n_rows,vector_size})=>t(kind==="texts"?"summaryTexts":"summaryWords",{n:formatCount(n_rows),
d:formatCount(vector_size)})).join(" · ")}key(event){let isTyping=event.target instanceof HTMLInputElement||event.target instanceof
HTMLSelectElement;event.ctrlKey||event.metaKey||event.altKey||this.help.open||(event.key==="/"&&!isTyping?(event.preventDefault(),
this.root.classList.remove("folded"),this.openTab("search"),this.panels.get("search")?.focus()):(event.key==="l"||event.
key==="L")&&!isTyping?this.drawLasso(!this.drawing):event.key==="?"&&!isTyping?this.help.showModal():event.key==="Escape"&&
(this.drawing?this.drawLasso(!1):this.clear()))}clear(){let empty={search:{words:[]},analogy:{analogy:["","",""]},compare:{
pair:["",""]},selection:{lasso:null},changes:{}};this.change({...empty[this.state.tab],lasso:null})}};var ExportedSource=class{constructor(data){this.data=data;this.hasVectors=!1;this.tables=data.neighbors.map(({topn,rows,
similarities})=>({topn,rows:new Int32Array(decode(rows)),similarities:new Float32Array(decode(similarities))}))}async info(){
return this.data.info}async words(model){return this.data.words[model]}async map(model){return new Float32Array(decode(this.
data.maps[model]))}async column(model,name){let column=this.data.columns[model][name];return column.type==="category"?{type:"\
category",values:column.data.values,codes:Int32Array.from(column.data.codes)}:{type:"number",values:new Float32Array(decode(
column.data))}}async neighbors(model,positive,negative,topn){if(positive.length!==1||negative.length>0)throw needsVectors();
let table=this.tables[model],start=positive[0].row*table.topn,found=[];for(let k=start;k<start+Math.min(topn,table.topn);k++){
let row=table.rows[k];row>=0&&found.push({row,word:this.data.words[model][row],similarity:table.similarities[k]})}return found}async similarity(){
throw needsVectors()}async drift(topn){return(this.data.drift?.words??[]).slice(0,topn)}async text(model,row){let columns={};
for(let[name,column]of Object.entries(this.data.columns[model]))column.type==="category"?columns[name]=column.data.values[column.
data.codes[row]]??null:columns[name]=new Float32Array(decode(column.data))[row];return{text:this.data.texts[model]?.[row]??
this.data.words[model][row],columns}}};function needsVectors(){return new SourceError("needs the vectors","needsVectors")}
function decode(text){let binary=atob(text),bytes=new Uint8Array(binary.length);for(let i=0;i<binary.length;i++)bytes[i]=
binary.charCodeAt(i);return bytes.buffer}function exportedData(){let element2=document.getElementById("wordvec-data");return element2?
JSON.parse(element2.textContent??""):null}var WordIndex=class{constructor(words){this.words=words;this.rows=new Map;this.lowered=words.map(word=>word.toLowerCase());
for(let row=words.length-1;row>=0;row--)this.rows.set(words[row],row)}rowOf(word){return this.rows.get(word)}complete(typed,limit){
let text=typed.trim(),lower=text.toLowerCase();if(lower==="")return[];let exact=this.rows.get(text),found=exact===void 0?
[]:[exact],starting=[],holding=[];for(let row=0;row<this.lowered.length;row++){let word=this.lowered[row];row===exact||word.
length<lower.length||(word===lower?found.push(row):starting.length<limit&&word.startsWith(lower)?starting.push(row):holding.
length<limit&&word.includes(lower)&&holding.push(row))}return[...found,...starting,...holding].slice(0,limit)}};var Model=class{constructor(source,number,info){this.source=source;this.number=number;this.info=info;this.index=new WordIndex(
[]);this.positions=new Float32Array(0);this.wordsLoaded=null;this.mapLoaded=null;this.columns=new Map}get words(){return this.
index.words}get holdsTexts(){return this.info.kind==="texts"}loadWords(){return this.wordsLoaded??(this.wordsLoaded=this.
source.words(this.number).then(words=>{this.index=new WordIndex(words)})),this.wordsLoaded}loadMap(){return this.mapLoaded??
(this.mapLoaded=this.reloadMap()),this.mapLoaded}async reloadMap(){this.positions=await this.source.map(this.number)}column(name){
let known=this.columns.get(name)??this.source.column(this.number,name);return this.columns.set(name,known),known}keyOf(row){
return this.holdsTexts?`${row}`:this.words[row]}rowOf(key){if(!this.holdsTexts)return this.index.rowOf(key);let row=Number(
key);return Number.isInteger(row)&&row>=0&&row<this.words.length?row:void 0}labelOf(key){return this.holdsTexts?this.words[Number(
key)]??key:key}itemOf(key){let row=this.rowOf(key);return row===void 0?null:{row,word:this.words[row]}}};var ServerSource=class{constructor(token){this.token=token;this.hasVectors=!0;this.kinds=[]}async info(){let info=await this.
json("info",[]);return this.kinds=info.models.map(model=>model.kind),info}words(model){return this.json("words",[["model",
`${model}`]])}async map(model){return floats(await this.get("map",[["model",`${model}`]]))}async column(model,name){let response=await this.
get("column",[["model",`${model}`],["name",name]]);if(response.headers.get("Content-Type")?.startsWith("application/json")){
let{values,codes}=await response.json();return{type:"category",values,codes:Int32Array.from(codes)}}return{type:"number",
values:await floats(response)}}async neighbors(model,positive,negative,topn){let parameters=[["model",`${model}`],["topn",
`${topn}`]];return this.kinds[model]==="texts"?parameters.push(["row",`${positive[0].row}`]):(parameters.push(...positive.
map(item=>["positive",item.word])),parameters.push(...negative.map(item=>["negative",item.word]))),(await this.json("nei\
ghbors",parameters)).neighbors}async similarity(model,a,b){let parameters=[["model",`${model}`],["a",a],["b",b]];return(await this.
json("similarity",parameters)).similarity}async drift(topn){return(await this.json("drift",[["topn",`${topn}`]])).words}text(model,row){
return this.json("text",[["model",`${model}`],["row",`${row}`]])}async json(path,parameters){return(await this.get(path,
parameters)).json()}async get(path,parameters){let query=parameters.length>0?`?${new URLSearchParams(parameters)}`:"",response;
try{response=await fetch(`api/${path}${query}`,{headers:{"X-Wordvec-Token":this.token}})}catch{throw new SourceError("th\
e server does not answer","noServer")}if(!response.ok){let answer=await response.json().catch(()=>({}));throw new SourceError(
answer.error??`${response.status} ${response.statusText}`)}return response}};async function floats(response){return new Float32Array(
await response.arrayBuffer())}var POLL_MS=2e3,PATIENCE=30,Page=class{constructor(source,info,query){this.source=source;this.info=info;this.query=query;
this.models=info.models.map((model,number)=>new Model(source,number,model)),document.title=`${info.title} – wordvec`}async start(){
window.addEventListener("hashchange",()=>this.mount(parseState(location.hash))),onSystemTheme(()=>this.mount(this.app.state)),
await this.mount(parseState(location.hash)),this.poll(this.info)}async mount(state){setLanguage(state.language??preferredLanguage(
this.query)),document.documentElement.lang=currentLanguage()==="zh"?"zh-CN":"en",document.documentElement.dataset.theme=
resolveTheme(state.theme);let before=this.app;this.app=new App(this.source,this.info,this.models,state,this.query.get("r\
enderer")==="canvas",{language:()=>this.change({language:currentLanguage()==="en"?"zh":"en"}),theme:()=>this.change({theme:resolveTheme(
this.app.state.theme)==="dark"?"light":"dark"})}),before?.dispose(),document.body.replaceChildren(this.app.root);try{await this.
app.load()}catch(error){fail(error)}}change(part){this.app.change(part),this.mount(this.app.state)}poll(info,patience=PATIENCE){
let isPending=info.models.some(({map})=>map.pending!==null),isMeasured=info.models.every(({map})=>map.kept!==null);!isPending&&
(isMeasured||patience===0)||window.setTimeout(async()=>{let now=await this.source.info().catch(()=>info);await this.app.
refreshLayout(now).catch(fail),this.poll(now,isPending?PATIENCE:patience-1)},POLL_MS)}};function preferredLanguage(query){
return(query.get("lang")??navigator.language).startsWith("zh")?"zh":"en"}function fail(error){let text=error instanceof SourceError&&
error.key?t(error.key):`${error instanceof Error?error.message:error}`;document.body.replaceChildren(element("p",{class:"\
failed",role:"alert"},text))}async function main(){let query=new URLSearchParams(location.search);setLanguage(preferredLanguage(
query));let data=exportedData(),source=data?new ExportedSource(data):new ServerSource(query.get("token")??"");try{await new Page(
source,await source.info(),query).start()}catch(error){fail(error)}}main();})();
