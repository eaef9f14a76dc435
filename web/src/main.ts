// The live page: the stream, the store, and what is drawn of it, wired together.
//
// Place in the data path: the last reader. Nothing is drawn more often than every DRAW_GAP_MS, and
// only when something came or time passed; one thread, as pages have.
import { Api } from "./api";
import { Cards } from "./cards";
import { Controls } from "./controls";
import { Details } from "./details";
import { byId, setHidden } from "./dom";
import type { StreamEvent } from "./event_reader";
import { Field } from "./field";
import { FleetLink } from "./fleet_link";
import { FleetStore } from "./fleet_store";
import { FleetTrend, TrendSample } from "./fleet_trend";
import type { AgesDocument, ChangeDocument, FleetDocument } from "./fleet_types";
import { makeHelp, makeLegend } from "./help";
import { Look, readLook, writeLook } from "./page_address";
import { followTheme, Palette, readPalette } from "./palette";
import { Panels } from "./panels";
import { PastFleet } from "./past_fleet";
import type { Picture, Standing } from "./picture";
import { TRAIL_STEP_MS } from "./row";
import { measureForPaper, onSizes } from "./sizes";
import { Status } from "./status";
import { TimeLine } from "./time_line";
import { TrendFiller } from "./trend_filler";
import { timeOf } from "./words";
import { choose, Choice } from "./worker_order";
import { WorkerTable } from "./worker_table";

/// News is drawn at once after quiet, and then at most so often.
const DRAW_GAP_MS = 200;
/// The rest comes so long after the first picture: that is still on its way to the screen when its
/// frame is over here, and what is done meanwhile makes it miss one or two.
const REST_MS = 50;
/// Ages move on without news.
const TICK_MS = 500;

class Page {
    private readonly store = new FleetStore();
    private readonly trend = new FleetTrend();
    private readonly link: FleetLink;
    private readonly field = new Field((id) => this.open(id, true));
    private readonly table = new WorkerTable(
        () => this.look.worker, (id) => this.open(id, false), (key) => this.sortBy(key));
    private readonly cards = new Cards();
    private readonly panels = new Panels((id) => this.open(id, true));
    private readonly status = new Status((id) => this.open(id, true));
    private readonly details: Details;
    private readonly past: PastFleet;
    private readonly timeLine: TimeLine;
    private readonly filler: TrendFiller;
    /// What the charts show of the past.
    private pastTrend: TrendSample[] = [];
    private pastTrendOf = "";
    private filled = false;
    private readonly controls: Controls;
    private look: Look = readLook(location.hash);
    private palette: Palette;
    private drawnAt = -Infinity;
    private drawing = false;
    private frame = 0;
    private timer = 0;
    /// How much of the page there is: at first what tells how the fleet is, and a moment later all
    /// the rest, which would only hold that up.
    private stage: "empty" | "first" | "whole" = "empty";
    private trailAt = performance.now();
    private trailMoved = true;
    private happened = 0;

    constructor() {
        this.link = new FleetLink({
            onEvent: (event) => this.onEvent(event),
            onState: () => this.drawSoon(),
        }, window.musterStream ?? null);
        const api = new Api(() => this.link.headers());
        this.details = new Details(api, () => this.turn({ worker: null }));
        this.past = new PastFleet(api, () => this.onPast());
        this.timeLine = new TimeLine(api, (at) => {
            this.turn({ at: at === null ? null : new Date(at).toISOString() });
        });
        this.filler = new TrendFiller(api);
        byId("past-end").addEventListener("click", () => this.turn({ at: null }));
        document.addEventListener("keydown", (event) => {
            if (event.key !== "Escape" || byId<HTMLDialogElement>("help").open) return;
            if (this.details.shown !== null) this.details.close();
            else if (this.look.at !== null) this.turn({ at: null });
        });
        this.controls = new Controls({
            onQuery: (query) => this.turn({ query }),
            onState: (state) => this.turn({ state: this.look.state === state ? "" : state }),
            onMeasure: (measure) => this.turn({ measure }),
        });
        makeHelp();
        followTheme(() => {
            this.palette = readPalette();
            this.trailMoved = true;
            this.drawSoon();
        });
        this.palette = readPalette();
        byId("token-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.link.setToken(byId<HTMLInputElement>("token").value.trim());
        });
        window.addEventListener("hashchange", () => this.turn(readLook(location.hash)));
        onSizes(() => this.drawSoon());
        window.addEventListener("pagehide", () => this.link.rest());
        window.addEventListener("pageshow", () => this.link.goOn());
        window.addEventListener("online", () => this.link.tryNow());
        document.addEventListener("visibilitychange", () => this.drawSoon());
        window.addEventListener("beforeprint", () => this.print(true));
        window.addEventListener("afterprint", () => this.print(false));
        if (this.look.worker !== null) this.details.open(this.look.worker, false);
        void this.past.goTo(this.look.at);
        setInterval(() => this.tick(), TICK_MS);
        this.link.start();
    }

    private tick(): void {
        this.link.watch(performance.now());
        this.drawSoon();
    }

    private onEvent(event: StreamEvent): void {
        const now = performance.now();
        if (event.name === "fleet") {
            this.store.applyFleet(JSON.parse(event.data) as FleetDocument, now);
        } else if (event.name === "change" && this.store.head) {
            this.store.applyChange(JSON.parse(event.data) as ChangeDocument, now);
        } else if (event.name === "ages") {
            if (!this.store.applyAges(JSON.parse(event.data) as AgesDocument, now)) {
                this.link.startAfresh();
            }
        }
        if (this.store.head) this.trend.take(this.store.head);
        if (this.store.happenings.length !== this.happened) {
            this.happened = this.store.happenings.length;
            this.timeLine.askSoon(now);
        }
        // The first picture waits for no frame: it is in the next one.
        if (this.stage === "empty" && this.store.head) this.draw();
        else this.drawSoon();
    }

    private onPast(): void {
        const time = this.past.picture?.store.head?.time ?? "";
        this.trailMoved = true;
        this.drawnAt = -Infinity;
        this.drawSoon();
        if (time === this.pastTrendOf) return;
        this.pastTrendOf = time;
        this.pastTrend = [];
        if (time !== "") void this.fillPast(time);
    }

    private async fillPast(time: string): Promise<void> {
        const samples = await this.filler.before(timeOf(time) ?? 0);
        if (samples && this.pastTrendOf === time) this.pastTrend = samples;
    }

    /// Once, behind the first picture: what was before the page came.
    private async fillTrend(): Promise<void> {
        if (this.filled || this.past.wanted !== null) return;
        this.filled = true;
        const first = this.trend.samples[0];
        const samples = first ? await this.filler.before(first.t - 1000) : null;
        if (samples) this.trend.prepend(samples);
    }

    private standing(): Standing {
        if (!this.store.head) return "waiting";
        return this.link.state.kind === "live" ? "live" : "cut";
    }

    private picture(): Picture {
        return { store: this.store, standing: this.standing(), now: performance.now() };
    }

    private open(id: string, focus: boolean): void {
        this.details.open(id, focus);
        this.turn({ worker: id });
    }

    private sortBy(key: Look["sort"]): void {
        const same = this.look.sort === key;
        // The third click goes back to the order in which what is wrong comes first.
        if (same && this.look.turned) this.turn({ sort: "worst", turned: false });
        else this.turn({ sort: key, turned: same });
    }

    private turn(to: Partial<Look>): void {
        this.look = { ...this.look, ...to };
        if (this.look.worker !== null) this.details.open(this.look.worker, false);
        else this.details.close();
        void this.past.goTo(this.look.at);
        history.replaceState(null, "", writeLook(this.look) || location.pathname);
        this.drawnAt = -Infinity;
        this.drawSoon();
    }

    /// At once: what is on the page when this is over goes on paper.
    private print(on: boolean): void {
        measureForPaper(on);
        this.table.printing = on;
        this.palette = readPalette(on);
        this.trailMoved = true;
        this.draw();
    }

    private drawSoon(): void {
        if (this.drawing) return;
        this.drawing = true;
        const wait = Math.max(0, this.drawnAt + DRAW_GAP_MS - performance.now());
        const go = (): void => {
            // A tab that nobody sees draws its title and its sign, no more.
            if (document.hidden) this.draw();
            else this.frame = requestAnimationFrame(() => this.draw());
        };
        if (wait === 0) go();
        else this.timer = window.setTimeout(go, wait);
    }

    private draw(): void {
        this.drawing = false;
        cancelAnimationFrame(this.frame);
        clearTimeout(this.timer);
        const live = this.picture();
        const picture = this.past.picture ?? live;
        const { link, look, palette } = this;
        this.status.drawLink(link.state, picture.standing, live.now, link.heardAt);
        if (!live.store.head || !picture.store.head) return;
        // Not before: the first picture waits for nothing.
        this.drawnAt = live.now;
        setHidden(byId("main"), false);
        this.status.draw(picture, live);
        this.status.drawPast(this.past, live);
        if (live.now - this.trailAt >= TRAIL_STEP_MS) {
            this.trailAt = live.now;
            if (live.standing === "live") this.store.takeTrailSample();
            this.trailMoved = true;
        }
        if (document.hidden) return;
        const first = this.stage === "empty";
        if (!first) this.drawRest(picture, live);
        this.controls.draw(picture, look.query, look.state, look.measure);
        const choosing = look.query.trim() !== "" || look.state !== "";
        const trend = picture === live ? this.trend.samples : this.pastTrend;
        // Texts first, then what is drawn on canvases: they ask how large they are.
        this.cards.draw(picture, trend, palette, !first);
        this.field.draw({
            picture, palette, measure: look.measure, selected: look.worker,
            chosen: choosing ? new Set(choose(picture.store.rows, this.choice(), picture)) : null,
        });
        this.trailMoved = this.trailMoved && first;
        if (!first) return;
        this.stage = "first";
        performance.mark("fleet-drawn");
        requestAnimationFrame(() => setTimeout(() => this.draw(), REST_MS));
    }

    private choice(): Choice {
        return { query: this.look.query, state: this.look.state };
    }

    /// What the first picture goes without.
    private drawRest(picture: Picture, live: Picture): void {
        const { look, palette } = this;
        if (this.stage === "first") {
            this.stage = "whole";
            makeLegend();
            for (const id of ["legend", "workers", "side"]) setHidden(byId(id), false);
            void this.fillTrend();
        }
        if (live.standing === "live") this.timeLine.follow(live.now);
        this.timeLine.draw({
            palette, now: timeOf(live.store.head?.time) ?? 0, at: timeOf(this.past.wanted),
        });
        this.panels.draw(picture);
        this.table.draw({
            picture, choice: this.choice(), palette, trailMoved: this.trailMoved,
            order: { key: look.sort, turned: look.turned },
        });
        this.details.draw(picture, palette);
    }
}

new Page();
