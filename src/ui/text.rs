//! Every word of the page, in Korean and English, in one table. What Kubernetes prints is not translated.

/// The page's languages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 한국어
    #[default]
    Ko,
    /// English
    En,
}

impl Lang {
    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Ko => "ko",
            Lang::En => "en",
        }
    }
}

/// A message in both languages. `{0}`, `{1}` … stand for what is filled in.
pub trait Said {
    /// Korean, English.
    fn both(self) -> (&'static str, &'static str);
}

macro_rules! messages {
    ($(#[$doc:meta])* $all:ident $table:ident; $($name:ident: $ko:literal, $en:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $all { $($name),* }
        /// All of them: Korean, English.
        pub(super) const $table: &[(&str, &str)] = &[$(($ko, $en)),*];
        impl $crate::ui::text::Said for $all {
            fn both(self) -> (&'static str, &'static str) {
                $table[self as usize]
            }
        }
    };
}

pub(super) use messages;

messages! {
    /// A message of the page.
    Msg TABLE;
    Simulated: "시뮬레이션", "simulated";
    SimulatedWhy: "서버 없이 브라우저 안에서만 도는 v{0} 클러스터 시뮬레이션입니다.", "A v{0} cluster simulated in your browser; there is no server.";
    FreePlay: "자유 실험", "Free play";
    Lesson: "수업", "Lesson";
    Play: "재생", "Play";
    Pause: "일시정지", "Pause";
    Step: "한 홉", "1 hop";
    StepHint: "다음 홉까지 한 걸음 (마침표 키)", "One hop further (full stop key)";
    StepPacket: "한 패킷", "1 packet";
    StepPacketHint: "패킷 하나가 닿을 때까지", "Until a packet has arrived";
    StepSecond: "1초", "1 s";
    StepSecondHint: "시뮬레이션 시간으로 1초 더", "One second of simulated time further";
    Timeline: "시간", "Time";
    TimelineHint: "←/→ 1초, PageUp/PageDown 10초, Home 처음, End 지금", "←/→ one second, PageUp/PageDown ten, Home the start, End now";
    AtOf: "{1}초 중 {0}초", "{0} s of {1} s";
    Earlier: "지난 순간입니다. 지금 무언가 하면 그 뒤의 일을 대신합니다.", "You are in the past: what you do now replaces what followed.";
    BackToNow: "지금으로", "Back to now";
    OtherCourse: "바뀌기 전으로", "Back to the first run";
    OtherCourseHint: "대신하기 전에 있었던 일로 바꿉니다. 다시 돌아올 수 있습니다.", "To what happened before you replaced it. You can change back.";
    Moments: "기록: 지금까지 일어난 일", "Log: what happened";
    Log: "기록", "Log";
    MarkTyped: "$ {0}", "$ {0}";
    MarkSent: "요청 {0}", "Requests: {0}";
    MarkReady: "{0} 준비됨", "{0} is ready";
    MarkNotReady: "{0} 더는 준비 안 됨", "{0} is ready no more";
    MarkGone: "{0} 사라짐", "{0} is gone";
    MarkFailed: "실패 {0}", "Failed: {0}";
    MarkStep: "수업 단계 통과: {0}", "Lesson step passed: {0}";
    MarkMore: "{0} 외 {1}", "{0}, and {1} more";
    Reset: "처음부터", "Start over";
    ResetHint: "클러스터를 처음 상태로. 파일은 그대로 두고, 지금까지 한 것으로 돌아올 수 있습니다.", "The cluster as at its start. Files stay, and you can change back to what you did.";
    DidReset: "처음 상태로 돌렸습니다.", "Started over.";
    Speed: "속도", "Speed";
    Send1: "요청 1개 보내기", "Send 1 request";
    Send: "보내기", "Send";
    MoreSending: "보내기 설정: 연속 요청 수, 연결 유지, 클라이언트", "More: burst, keep-alive, clients";
    WhatWillHappen: "무슨 일이 일어날까요?", "What will happen?";
    Rate: "초당 요청", "Requests per second";
    RateOff: "자동: 끔", "rate: off";
    RatePerS: "초당 {0}", "{0} req/s";
    From: "보내는 곳", "From";
    To: "받는 주소", "To";
    AllClients: "모든 클라이언트 번갈아", "all clients in turn";
    UserMachine: "내 컴퓨터", "your machine";
    Language: "English", "한국어";
    Theme: "밝게/어둡게", "Light or dark";
    Editor: "편집기", "Editor";
    Files: "파일", "Files";
    Stage: "무대", "Stage";
    Terminal: "터미널", "Terminal";
    Inspector: "요청", "Request";
    Requests: "요청 목록", "Requests";
    Iptables: "iptables", "iptables";
    Endpoints: "엔드포인트", "Endpoints";
    Events: "이벤트", "Events";
    Affinity: "세션 고정", "Affinity";
    Conntrack: "conntrack", "conntrack";
    Dns: "DNS", "DNS";
    NewFile: "새 파일", "New file";
    DeleteFile: "파일 {0} 지우기", "Delete file {0}";
    UndoFile: "{0} 되살리기", "Bring {0} back";
    Examples: "예제", "Examples";
    ExamplesHint: "새 파일로 열립니다. 있던 파일은 바뀌지 않습니다.", "Each opens as a file of its own; no file of yours is changed.";
    ExamplesFailed: "예제를 불러오지 못했습니다. 네트워크를 확인하고 다시 여세요.", "The examples could not be loaded. Check the network and open this again.";
    OfTheLesson: "이 수업의 파일", "This lesson’s files";
    OneEach: "하나씩", "One of each kind";
    Loading: "불러오는 중…", "Loading…";
    TryIt: "적용한 뒤 해 보기: {0}", "Once applied, try: {0}";
    Close: "닫기", "Close";
    FileMenu: "파일 메뉴", "File menu";
    RenameFile: "이름 바꾸기…", "Rename…";
    Rename: "이름 바꾸기", "Rename";
    FileName: "파일 이름", "File name";
    NameTaken: "그 이름은 이미 있습니다.", "That name is taken.";
    Download: "내려받기", "Download";
    DownloadAll: "모두 내려받기", "Download all";
    Upload: "파일 가져오기…", "Upload…";
    TooLarge: "{0} 파일은 너무 커서 열지 않았습니다.", "{0} is too large and was not opened.";
    RevertCluster: "클러스터에 있는 대로 되돌리기", "Revert to what the cluster has";
    RevertLesson: "수업의 파일로 되돌리기", "Revert to the lesson’s file";
    Differences: "클러스터와 다른 곳", "Differences from the cluster";
    DifferencesOf: "클러스터와 다른 곳: {0}", "Differences from the cluster: {0}";
    InCluster: "지금 클러스터", "in the cluster";
    AfterApply: "적용하면", "once applied";
    Nothing: "(없음)", "(nothing)";
    TakeBack: "클러스터대로", "Take the cluster’s";
    Apply: "적용", "Apply";
    ApplyHint: "kubectl apply -f {0} (Ctrl/⌘-Enter)", "kubectl apply -f {0} (Ctrl/⌘-Enter)";
    ApplyAll: "모두 적용", "Apply all";
    EditorLabel: "YAML 편집기", "YAML editor";
    EditorLeave: "Esc 다음 Tab: 편집기에서 나가기", "Esc, then Tab: leave the editor";
    Differs: "클러스터와 다름", "differs from the cluster";
    SameAsCluster: "적용할 변경 없음", "nothing to apply";
    NotInCluster: "아직 적용하지 않음", "not applied yet";
    NetworkView: "네트워크", "Network";
    LogicalView: "논리 보기", "Logical";
    OutsideCluster: "클러스터 밖", "outside the cluster";
    NoPods: "Pod 없음", "no Pod here";
    PendingPods: "노드를 기다리는 Pod", "Pods waiting for a node";
    KubeProxy: "kube-proxy", "kube-proxy";
    GroupLabel: "{0}: Pod {1}개, 준비됨 {2}, 응답 {3}번. 펼치거나 접습니다.", "{0}: {1} Pods, {2} ready, answered {3}. Opens and closes.";
    PinBroken: "{0}에서 {1}을(를) {2}에 묶던 끈이 끊어졌습니다.", "The thread that held {1} to {2} at {0} is broken.";
    MoreRules: "+{0}개 더", "+{0} more";
    ProxyLabel: "kube-proxy ({0}): {1}", "kube-proxy ({0}): {1}";
    Headless: "헤드리스", "headless";
    HeadlessStrip: "헤드리스: DNS가 준비된 Pod의 주소를 모두 알려 주고, 고르는 것은 클라이언트입니다.", "Headless: DNS gives the addresses of all ready Pods, the client chooses.";
    ExternalStrip: "ExternalName: DNS에서 {0}의 다른 이름일 뿐, Pod로 이어지지 않습니다.", "ExternalName: another name of {0} in DNS; it leads to no Pod.";
    Zoom: "확대와 축소", "Zoom";
    ZoomIn: "확대 (+)", "Zoom in (+)";
    ZoomOut: "축소 (−)", "Zoom out (−)";
    ZoomFit: "한눈에 (0)", "Fit (0)";
    Unfocus: "× {0}만", "× Only {0}";
    UnfocusHint: "모두 다시 봅니다 (Esc)", "Show all again (Esc)";
    PodLabel: "Pod {0}, {1}, {2}, 응답 {3}번", "Pod {0}, {1}, {2}, answered {3}";
    NodeLabel: "노드 {0}, {1}", "Node {0}, {1}";
    DoorLabel: "{0}의 NodePort {1}, Service {2}", "NodePort {1} of {0}, Service {2}";
    DoorShut: "닫힘: 이어 줄 엔드포인트가 없음", "shut: no endpoint to lead to";
    ServiceLabel: "Service {0}, {1}", "Service {0}, {1}";
    ClientLabel: "{0}, {1}, 보내는 곳으로", "{0}, {1}, make it the sender";
    PinLabel: "{0}에서 {1} → {2}, {3} 남음", "{1} → {2} on {0}, {3} left";
    StageLabel: "클러스터 무대", "The cluster's stage";
    MoreFlows: "{0}개 이동 중: 1,000개가 넘어 흐름으로 보임", "{0} under way: over 1,000, so shown as flows";
    NoTarget: "아직 Service 없음", "no Service yet";
    NothingYet: "아직 Service도 Pod도 없음", "no Service, no Pod yet";
    PinnedBy: "고정: {0}", "pinned: {0}";
    Sends: "보냄", "sends";
    Expected: "기대 1/{0}", "expected 1/{0}";
    Spread: "Pod {0}개: 각 {1}–{2}", "{0} Pods: {1} to {2} each";
    Distribution: "Pod별 응답", "Answers by Pod";
    NoRequestYet: "아직 요청이 없습니다. 하나 보내 보세요.", "No request yet. Send one.";
    NoRequestNoService: "아직 요청이 없습니다. 파일을 적용한 뒤 보내 보세요.", "No request yet. Apply the files, then send one.";
    SumAnswered: "{0}개 보냄 · {1}개 응답", "{0} sent · {1} answered";
    SumFailed: "{0}개 보냄 · {1}개 응답 · {2}개 실패 ({3})", "{0} sent · {1} answered · {2} failed ({3})";
    HopOf: "가는 중: {1}홉 중 {0}", "Under way: hop {0} of {1}";
    RequestTitle: "요청 #{0}", "Request #{0}";
    HopSent: "{0}에서 출발", "{0} sends";
    HopForwarded: "kubectl port-forward: API 서버와 노드의 kubelet을 거쳐 {0} 안으로, Service는 지나지 않음", "kubectl port-forward: by way of the API server and the node’s kubelet into {0}, past every Service";
    HopArrived: "{0} 도착", "Arrives at {0}";
    HopBalanced: "확률 {0}로 뽑힘: {1}", "Drawn by chance, {0}: {1}";
    HopBalancedOfRest: "앞 규칙들이 남긴 것 중 확률 {0}로 뽑힘 (전체의 {2}): {1}", "Drawn by chance, {0} of what the rules before left ({2} in all): {1}";
    HopBalancedRest: "남은 것 (전체의 {1}): {0}", "What is left ({1} in all): {0}";
    HopPinned: "고정됨: ClientIP를 기억", "Pinned: this client is remembered";
    HopPinSet: "클라이언트를 기억해 둠", "The client is remembered";
    HopDnat: "DNAT: 목적지가 {0}로", "DNAT: the destination becomes {0}";
    HopSnat: "SNAT: 출발지가 {0}로", "SNAT: the source becomes {0}";
    HopRouted: "{0}로 전달", "Routed to {0}";
    HopDelivered: "{0}가 받음", "{0} takes it";
    HopInput: "{0} 자신에게 온 것 (INPUT)", "For {0} itself (INPUT)";
    NoteReject: "ICMP port unreachable이 돌아가서 보낸 쪽이 바로 앎", "ICMP port unreachable goes back: the sender knows at once";
    NoteDrop: "아무것도 돌아가지 않아 보낸 쪽은 포기할 때까지 기다림", "Nothing goes back: the sender waits until it gives up";
    NoteReset: "TCP RST가 돌아가서 보낸 쪽이 바로 앎", "A TCP RST goes back: the sender knows at once";
    NoteNoRule: "어느 Service의 규칙도 {0}에 맞지 않아 주소가 바뀌지 않음", "No Service's rule matches {0}: nothing was rewritten";
    HopRejected: "{0}에서 거부됨 (REJECT): {1}", "Refused by {0} (REJECT): {1}";
    HopDropped: "{0}에서 버려짐 (DROP): {1}", "Dropped by {0} (DROP): {1}";
    HopLost: "답할 이가 없어 시간 초과", "Timed out: nobody is there to answer";
    HopNoRoute: "가는 길이 없음", "No route";
    HopKnown: "conntrack이 아는 연결: nat 규칙을 묻지 않음", "A connection that conntrack knows: no nat rule is asked";
    HopRefused: "{0}에서 거부됨: 받는 곳이 없음", "Refused by {0}: nobody listens";
    HopReply: "응답이 돌아감: {0}", "The answer goes back: {0}";
    HopLookup: "DNS 조회", "DNS look-up";
    Outside: "클러스터 밖", "beyond the cluster";
    AnsweredBy: "#{0} {1}가 응답", "#{0} {1} answered";
    Failed: "#{0} 실패: {1}", "#{0} failed: {1}";
    NewsAnswered: "{0}개 응답: {1}", "{0} answered: {1}";
    NewsFailed: "{0}개 실패, 마지막 이유: {1}", "{0} failed, the last one: {1}";
    NewsMore: "그 밖의 Pod", "and other Pods";
    PromptLabel: "명령 입력", "Command";
    TerminalLabel: "터미널 출력", "Terminal output";
    Welcome: "kubectl, curl, ssh를 쳐 보세요. Tab은 자동 완성, ↑는 지난 명령.", "Type kubectl, curl or ssh. Tab completes, ↑ brings back.";
    Running: "실행 중… (Ctrl-C로 중단)", "running… (Ctrl-C stops it)";
    Queued: "다음: {0}", "next: {0}";
    Stop: "중단", "Stop";
    Empty: "비어 있음", "Nothing here";
    Delete: "삭제", "Delete";
    Logs: "로그", "Logs";
    Shell: "셸 열기", "Open a shell";
    RequestFrom: "여기서 요청 보내기…", "Send a request from here…";
    Describe: "자세히", "Describe";
    FailReadiness: "준비 상태 실패시키기", "Fail readiness";
    PassReadiness: "준비 상태 통과시키기", "Pass readiness";
    Unlabel: "라벨 {0} 떼기", "Take off label {0}";
    Relabel: "라벨 바꾸기…", "Relabel…";
    Cordon: "cordon (새 Pod 막기)", "Cordon (no new Pods)";
    Uncordon: "uncordon (다시 받기)", "Uncordon";
    Drain: "drain (Pod 비우기)", "Drain (evict its Pods)";
    NodeOff: "꺼짐", "off";
    TakeDown: "노드 끄기", "Take down";
    BringBack: "노드 다시 켜기", "Bring back";
    Ssh: "ssh로 들어가기", "ssh into it";
    SetType: "타입을 {0}로", "Type: {0}";
    SetPolicy: "externalTrafficPolicy를 {0}로", "externalTrafficPolicy: {0}";
    SetAffinity: "sessionAffinity를 {0}로", "sessionAffinity: {0}";
    EditFile: "파일에서 고치기", "Edit in its file";
    SetReady: "원하는 {1}개 중 {0}개 준비됨", "{0} of {1} wished ready";
    More1: "Pod 하나 더", "One Pod more";
    Less1: "Pod 하나 빼기", "One Pod less";
    WhyNoProbe: "readinessProbe가 없어 실패할 수 없습니다.", "No readinessProbe: readiness can't fail.";
    WhyProbeAsks: "readinessProbe가 {0}라서 파일로 바꿀 수 없습니다.", "Its readinessProbe is {0}: no file decides it.";
    WhyNotRunning: "아직 실행 중이 아닙니다.", "It isn't running.";
    WhyNodeDown: "노드가 꺼져 있습니다.", "The node is down.";
    WhyControlPlane: "API 서버가 여기서 돕니다.", "The API server runs here.";
    WhyStarting: "켜지는 중입니다.", "It is starting.";
    WhyNoneLeft: "이미 0개입니다.", "There are none already.";
    WhyNoNodePort: "NodePort나 LoadBalancer일 때만 있습니다.", "Only with type NodePort or LoadBalancer.";
    WhyHeadless: "clusterIP가 None이라 바꿀 수 없습니다.", "clusterIP is None: this can't change.";
    WhyNoFile: "이것을 정의한 파일이 없습니다.", "No file declares it.";
    Undo: "되돌리기", "Undo";
    Dismiss: "닫기", "Dismiss";
    NothingToUndo: "되돌릴 것이 없습니다.", "Nothing to undo.";
    UndoThat: "되돌리기: {0}", "Undo: {0}";
    LeftOut: "{0}: 같은 것을 정의해서 빼고 적용했습니다.", "Left out {0}: it declares the same object.";
    Outrun: "클러스터가 이 파일보다 앞서 있습니다.", "The cluster has gone on from this file.";
    OutrunWhy: "적용한 뒤 파일 밖에서 {0}이(가) 바뀌었습니다. 지금 적용하면 되돌아갑니다.", "{0} was changed past this file; to apply it now would change that back.";
    TakeOver: "파일에 가져오기", "Take it over";
    Fixed: "고치고 적용함", "fixed and applied";
    SelectsNothing: "선택되는 Pod가 없습니다.", "Selects no Pod.";
    SelectsNothingWhy: "Pod에는 {0} 라벨이 있는데 이 Service는 {1}을(를) 찾습니다. 그래서 엔드포인트가 없습니다.", "The Pods carry {0}, this Service looks for {1}, so it has no endpoints.";
    SelectsNothingNoPod: "{0} 라벨이 있는 Pod가 아직 없습니다.", "There is no Pod with {0} yet.";
    FixSelector: "selector 고치기", "Fix selector";
    FixLabels: "Pod 라벨 고치기", "Fix Pod labels";
    NobodyListens: "targetPort {0}에서 듣는 컨테이너가 없습니다.", "No container listens on targetPort {0}.";
    NobodyListensWhy: "Pod는 {0}번 포트에서 듣고 있습니다.", "The Pods listen on {0}.";
    FixTargetPort: "targetPort를 {0}으로", "Set targetPort to {0}";
    FixWrite: "{0} 쓰기", "Write {0}";
    FixRemove: "{0} 지우기", "Remove {0}";
    FixRun: "실행: {0}", "Run {0}";
    WrongNamespaceWhy: "{0} 라벨이 있는 Pod는 네임스페이스 {1}에 있습니다. Service는 자기 네임스페이스의 Pod만 고릅니다.", "The Pods with {0} are in the namespace {1}; a Service selects only within its own.";
    NoSuchPort: "Pod에 이름이 {0}인 포트가 없습니다.", "The Pods have no port named {0}.";
    NoSuchPortWhy: "있는 이름: {0}.", "Their ports are named {0}.";
    NoLocalPod: "{0}의 문이 닫혀 있습니다.", "The doors of {0} are shut.";
    NoLocalPodWhy: "externalTrafficPolicy: Local이라 그 노드의 Pod에만 보내는데, 준비된 Pod가 없습니다. 들어온 요청은 버려집니다.", "With externalTrafficPolicy: Local a node sends only to its own Pods, and none is ready there: what comes in is dropped.";
    Unscheduled: "Pod {0}: 받아 줄 노드가 없습니다.", "No node takes the Pod {0}.";
    NoImage: "이미지 {0}: 내려받을 수 없습니다.", "The image {0} can’t be pulled.";
    NoImageWhy: "Pod {0}의 상태: {1}. 이미지 이름과 태그를 확인하세요.", "Pod {0} is in {1}; check the image’s name and tag.";
    Crashing: "Pod {0}의 컨테이너가 돌지 않습니다: {1}.", "A container of the Pod {0} does not run: {1}.";
    Unready: "Pod {0}의 readinessProbe가 실패합니다.", "The readiness probe of the Pod {0} fails.";
    NoneReady: "준비된 Pod가 없습니다.", "No Pod is ready.";
    NoneReadyWhy: "선택된 Pod {0}개가 아직 Ready가 아닙니다.", "{0} Pods match, none of them is Ready.";
    LessonProgress: "{1}/{0}단계", "Step {1} of {0}";
    LessonDone: "끝! 자유롭게 더 해 보세요.", "Done! Play on as you like.";
    LessonTry: "터미널에 넣기 (Enter로 실행)", "Put into the terminal; Enter runs it";
    LessonRun: "실행", "Run";
    ShowFix: "답 보기", "Show the fix";
    StepPassed: "통과했습니다.", "Passed.";
    StepsPassed: "✓ {0}단계 통과", "✓ {0} passed";
    NextStep: "다음: {0} ▸", "Next: {0} ▸";
    SetUp: "이 단계까지 준비하기", "Set me up for this step";
    SkipStep: "이 단계 건너뛰기", "Skip this step";
    StorageFull: "브라우저 저장 공간이 꽉 찼습니다. 지금 글은 이 탭에만 있으니 파일로 내려받아 두세요.", "The browser’s storage is full: what you write is kept in this tab alone. Download it.";
    OtherTab: "다른 탭에서도 {0} 파일을 고쳤습니다. 그쪽 내용은 {1}에 있습니다.", "Another tab changed {0} as well; its version is in {1}.";
    EditorFailed: "편집기를 불러오지 못해 단순 입력창을 씁니다.", "The editor could not be loaded; this is a plain text area.";
    T: "t = {0}초", "t = {0} s";
    PaneLeft: "편집기 너비", "Width of the editor";
    PaneRight: "오른쪽 칸 너비", "Width of the right column";
    PaneLow: "아래 칸 높이", "Height of the lower row";
    PaneHint: "끌거나 화살표 키. 두 번 누르면 처음 크기", "Drag, or arrow keys; a double click resets";
    SkipToTerminal: "터미널로 건너뛰기", "Skip to the terminal";
}

messages! {
    /// What only the sending bar's drawer, kept connections and guesses say: a table of its own, so that a page at rest
    /// need not have it.
    SendMsg SEND_TABLE;
    Burst: "한 번에", "Burst of";
    Keep: "연결 유지", "Keep-alive";
    KeepHint: "요청마다 새 연결 대신 한 연결을 계속 씁니다. Pod는 연결할 때 한 번만 뽑힙니다.", "One connection serves all requests instead of a new one each: the Pod is chosen once.";
    Clients: "밖의 클라이언트", "Clients outside";
    AddClient: "+ 클라이언트", "+ client";
    RemoveClient: "클라이언트 {0} 치우기", "Remove client {0}";
    Guess: "무슨 일이 일어날까요? 고르면 요청 1개를 보냅니다.", "What will happen? Choose, and one request is sent.";
    GuessAny: "{0}개 중 아무나, 저마다 1/{0}", "any of the {0}, 1/{0} each";
    GuessRefused: "거부됨", "refused";
    GuessTimedOut: "시간 초과", "times out";
    GuessNoRoute: "가는 길 없음", "no route";
    GuessNoName: "NXDOMAIN", "NXDOMAIN";
    Right: "맞았습니다: {0}.", "Right: {0}.";
    Wrong: "아닙니다: {0}.", "Not this time: {0}.";
    Answered: "{0} 응답", "{0} answered";
    WhyDrawn: "준비된 Pod {0}개에 저마다 1/{0}의 확률이 있었습니다.", "By chance: each of the {0} ready Pods had 1/{0}.";
    WhyOnly: "이 노드의 규칙에 다른 Pod가 없습니다.", "The rules of this node know no other Pod.";
    WhyPinned: "세션 고정: 이 클라이언트를 {0}초 더 기억하고 있었습니다.", "Session affinity: this client was remembered for {0} s more.";
    WhyKept: "연결이 열려 있습니다: conntrack은 같은 연결을 같은 Pod로 보냅니다.", "The connection is open: conntrack leads it to the same Pod.";
    WhyDirect: "Pod의 주소로 바로 갔습니다. 고르는 규칙이 없습니다.", "That is the Pod’s own address: no rule chooses.";
    LineLabel: "연결 {0}: {1} → {2}, 요청 {3}개. 누르면 닫습니다.", "Connection {0}: {1} → {2}, {3} requests. Press to close it.";
    LineEnded: "연결 {0} 끝남: {1}", "Connection {0} ended: {1}";
    Closed: "닫음", "closed";
    ByClient: "클라이언트가 닫음", "closed by the client";
    ByServer: "Pod 쪽에서 닫음 (FIN)", "closed by the Pod (FIN)";
    Reset: "RST: 그 연결을 모름", "RST: unknown connection";
    TimedOut: "시간 초과", "timed out";
    OverKept: "유지된 연결 {0}의 {1}번째 요청", "Request {1} on kept connection {0}";
    NoDoor: "밖에서는 ClusterIP에 닿을 수 없습니다. NodePort를 열거나 Pod를 고르세요.", "A ClusterIP can’t be reached from outside: open a NodePort, or let a Pod send.";
}

/// A message in a language.
pub fn say(lang: Lang, msg: impl Said) -> &'static str {
    let (ko, en) = msg.both();
    match lang {
        Lang::Ko => ko,
        Lang::En => en,
    }
}

/// A message with its places filled in.
pub fn fill(lang: Lang, msg: impl Said, values: &[&str]) -> String {
    let mut text = say(lang, msg).to_string();
    for (i, value) in values.iter().enumerate() {
        text = text.replace(&format!("{{{i}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_fill_the_same_places() {
        for (ko, en) in TABLE.iter().chain(SEND_TABLE).chain(crate::ui::words::WORDS) {
            assert!(!ko.is_empty() && !en.is_empty(), "{ko} {en}");
            for i in 0..5 {
                let place = format!("{{{i}}}");
                assert_eq!(ko.contains(&place), en.contains(&place), "{en} {place}");
            }
        }
        assert_eq!(fill(Lang::En, Msg::RequestTitle, &["7"]), "Request #7");
    }
}
