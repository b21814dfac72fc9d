"""Two hundred lines with made-up personal data, marked as <kind|value>, and lines that only look so.

Names, addresses and numbers are invented: reserved domains, numbers set aside for films, test numbers of cards, and
residents born before 1920. DEVELOPMENT served to write the patterns; TEST was written with it, and measured once.
"""

DEVELOPMENT = """
Please write to <email|ada.moor@example.org> before Friday.
My new address is <email|tim_oakley+news@mail.example.com>, the old one bounces.
Call me on <phone|(212) 555-0187> after six.
Reach the desk at <phone|+1 415 555 0132> or by post.
Our London office: <phone|020 7946 0958>, ask for Nell.
Text <phone|07700 900123> when you are outside.
From abroad dial <phone|+44 20 7946 0321>.
The clinic's number is <phone|+49 30 23125 014>.
SSN on file: <id|078-05-1120>.
Card <card|4111 1111 1111 1111>, expires in May.
He paid with <card|5555-5555-5555-4444> by mistake.
Amex <card|378282246310005> was declined twice.
Send invoices to <email|billing@example.co.uk> and <email|cfo@example.net>.
Tel. <phone|555-0143>, evenings only.
Ring <phone|1-800-555-0199> for spare keys.
Contact: <email|Mara-Lind@sub.example.org>; <phone|303.555.0111>
The form asked for <id|219-09-9999> and I typed it.
Backup card is <card|6011111111111117>.
Mail (<email|o'neil@example.com>) or phone <phone|646-555-0170>.
Fax: <phone|+33 1 99 00 12 34>
Her number, <phone|(503)555-0106>, is on the door.
Emergency contact <phone|+61 2 5550 1234>, Tom.
Deposit by card <card|4242424242424242> only.
Ask <email|help@example.edu>.
Whoever finds this: <email|jo@example.org> or <phone|+1 (312) 555-0148>.
请发邮件到<email|lan.hai@example.cn>，谢谢。
邮箱是<email|wang88@example.com>请尽快回复
联系方式：<phone|13800138000>，下午在家。
手机号<phone|138 0013 8001>打不通就发短信
我的电话<phone|+86 139-0000-0001>，微信同号
座机<phone|010-55501234>转分机
客服热线<phone|400-555-0199>全天有人
请拨打<phone|（021）55501234>咨询
身份证号<id|110101190001010014>已登记
证件：<id|31010519000228006X>（仅供测试）
卡号<card|6200000000000005>，开户行在城东
信用卡<card|4111-1111-1111-1111>尾号不对
邮箱：<email|ｍｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ>，注意全角
电话：<phone|１３８００１３８００２>，全角数字
老王（<phone|15900000003>）负责收货
发到<email|xiaoyu@example.com.cn>或者打<phone|0755-55501234>
他的身份证是<id|440306190106150039>，生日六月
租房找李姐<phone|18600000004>，非中介
传真<phone|0571-55505678>，邮箱<email|fax@example.org>
收件人 小周 <phone|17700000005> 北门
付款卡<card|5105 1051 0510 5100>已过期
学生证不行，要<id|510107190008120040>这种
报名请致电<phone|55501234>
投诉：<email|tousu@example.cn>；<phone|020-55507777>
备用号<phone|13700000006>、<phone|13700000007>
Version 2.14.1055 fixes the crash.
The meeting moved from 2019-03-11 to 2019-03-18.
IBAN DE89 3704 0044 0532 0130 00 is the society's.
It cost 1,299.00 dollars, not 2,199.00.
ISBN 978-3-16-148410-0 is out of print.
Order 4111111111111112 was shipped on Monday.
The server at 192.168.100.14 is down again.
Flight 5550 leaves at 18:45 from gate 12.
Use logo@2x.png for the banner.
Follow @lighthouse_cat for updates.
Between 1939 and 1945 the mill was closed.
Part number 12-555-0184-7 is out of stock.
Scores were 555-512 after the third day.
Pi is about 3.14159265358979.
Room 212, floor 5, building 0187.
Run pip install wordtool@1.4.2 first.
The population was 13,800,138 in 1990.
Tracking no. 1Z999AA10123456784.
Coordinates 40.712776, -74.005974.
The ratio was 123-45 to 6789.
MAC 00:1B:44:11:3A:B7 is blocked.
From 10:30 to 11:45, then 13:00 to 14:15.
Bug 13800138 was closed as a duplicate.
The film made 4,012,888,888 yen.
Chapter 3.2.1, page 450-455.
版本2.0.13800修复了问题
订单号20190311138001380001已发货
价格从1299元降到999元
会议时间是2019-03-11 14:30
书号978-7-111-12345-6已绝版
服务器192.168.1.101连不上
快递单号7738000138001380请查收
截至1990年人口为13800138人
他考了138分，全班第10
共有110101个样本参与统计
编号110101190001010015校验不对
微博@小海豚每天更新
列车G138次13:45发车
时间戳1609459200000毫秒
比分是138比139
图片大小1380x0138像素
销售额达13.8亿元，同比增长10.5%
圆周率3.1415926535897932
房间号0105在二楼
发票代码144031900110第3联
标准GB/T 18600-2009已更新
总价为13,800,138,000元
第110期到第119期连载
排队到10086号还早
税率从13%降到9%
"""

TEST = """
You can find me at <email|rowan.fell@example.net>, usually.
Invoices go to <email|accounts_2@office.example.org>.
Dial <phone|(718) 555-0121> and wait for the tone.
Her mobile is <phone|07700 900456>.
The Leeds branch answers on <phone|0113 496 0123>.
Call <phone|+44 1632 960983> on weekdays.
The host in Lisbon: <phone|+351 21 555 0123>.
Please update my SSN, <id|078-05-1120>, in the file.
Charge <card|4012 8888 8888 1881> for both nights.
Mastercard <card|5200828282828210> ends next year.
Diners <card|30569309025904> is no longer taken.
JCB: <card|3530-1113-3330-0000>.
Write to <email|press@example.com> or <email|news.desk@example.org>.
Phone: <phone|555-0168> (ask for Wren)
Toll free <phone|1-888-555-0144>.
For rent, <phone|415.555.0177>, no agents.
My tax number is <id|219-09-9999>, not the other one.
<email|lost+found@museum.example.edu> keeps umbrellas.
Voicemail at <phone|+1-206-555-0155> is full.
New number: <phone|2125550188>, please save it.
Send a copy to <email|j.marsh@example.io>, thanks.
Questions? <email|FAQ@EXAMPLE.COM>
Neighbour's phone <phone|+353 20 555 0166> in case of fire.
Visa <card|4000056655665556> works again.
He gave <phone|(404) 555 0139> and left.
有事请联系<email|chen.mo@example.cn>
简历投递<email|hr2020@example.com>并注明岗位
我换号了：<phone|13900000011>
失主电话<phone|186-0000-0012>，酬谢
海外拨打<phone|+86 13700000013>
办公室<phone|0512-55501111>没人接
订票热线<phone|800-555-0123>
家里座机（<phone|022-55502222>）
身份证<id|330108190102030052>遗失作废
证件号码：<id|420106190009110065>
银行卡<card|6200000000000047>转账
刷卡<card|4242 4242 4242 4242>成功
邮箱<email|ｌｉｎ＿ｙｕ＠ｅｘａｍｐｌｅ．ｃｎ>收不到
手机<phone|１５８００００００１４>，请加我
司机<phone|13600000015>马上到
有意者电<phone|15100000016>或邮<email|maifang@example.cn>
户口本上是<id|610113190011050080>没错
把<card|5555555555554444>解绑了
代收点<phone|17300000017>（王）
传真号码<phone|0731-55503333>
学校邮箱<email|s190001@stu.example.edu.cn>停用
老家电话<phone|0851-5550444>没变
请致电<phone|55509876>预约
居民<id|120101190107070092>，男
备注：<phone|19900000018>／<phone|19900000019>
Release 5.4.0-1551.172 is the stable one.
Published 12/11/2004, revised 03/02/2011.
IBAN GB29 NWBK 6016 1331 9268 19, please check.
Rent rose from 850.00 to 1,125.50 a month.
ISBN 0-306-40615-2 and 978-0-306-40615-7 are the same book.
Order no. 6217003800011112 is late.
Ping 10.0.212.255 or 172.16.254.1.
The train at 07:46 was late; the 09:58 ran.
Save it as icon@3x.jpg, please.
Thanks to @old_harbour for the photo.
Seats 555-560 are reserved.
Catalogue item 078-051-120 was sold.
The vote was 212 to 187 in 1888.
Avogadro's number is 6.02214076e23.
The dam holds 4,111,111,111,111,111 drops, they say.
Install node@18.17.1 and restart.
Hash 4b825dc642cb6eb9a060e54bf8d69288fbee4904 is empty.
Parcel RR123456785GB arrived.
Grid reference 51.507351, -0.127758.
Sections 4.1.2-4.1.9 were cut.
UUID 123e4567-e89b-12d3-a456-426614174000 again.
Open 9:00-17:30, closed 12:00-13:00.
Ticket 2125550 was refunded.
Revenue was 2,125,550,188 in the second quarter.
Years 1900-1999 fill shelf 20-21.
更新到5.4.1551版后变慢
订单6217003800011112已取消
原价3500.00，现价2800.50
2021年12月30日至2022年1月2日放假
ISBN 7-5006-1234-5找不到
内网地址10.13.900.1不合法
运单SF1380013800138已签收
全县人口1380013人
准考证号190001010014请牢记
学号2019110101和2019110102
号码330108190102030053是编的
关注@城南旧事不迷路
动车D1390次改点
毫秒时间1325347200000写错了
主队以3-1战胜，总分7-5
分辨率1366x768不够
利润1.39亿元，增长8.6%
自然常数2.718281828459045
门牌号0512在左边
合同编号HT-2019-0731-5550
标准ISO 13700-1:2014
总计15,900,000,003步
第186页到第199页
拨打110报警、120急救
降水概率从20%升到80%
"""
