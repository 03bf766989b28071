package opencode.nexus.web;

/** A request that stays open to be told of events. Every method may be called by any thread, and returns at once. */
interface Follower {

    /** The login it lives by. */
    String deviceId();

    /** The token of that login, a secret. */
    String token();

    /** Looks at the time: ends what has become too old or is not read. */
    void tick();

    /** Writes something harmless, since only by writing to it is a connection found to be dead. */
    void probe();

    /** Ends it in order, as soon as what is being written now is out. */
    void end(Ending ending);

    /** Ends it now, in the middle of whatever. */
    void cut();

    boolean isClosed();

    /** Why something ends that could have gone on. */
    enum Ending {
        /** It has lived long enough. */
        RENEW("renew"),
        /** Its device has no login any more. */
        LOGGED_OUT("logged-out"),
        /** A bundle is being replaced. */
        RESTART("restart"),
        /** It came in through the tunnel, which closes. */
        TUNNEL("tunnel-closed");

        private final String reason;

        Ending(String reason) {
            this.reason = reason;
        }

        /** The data of the {@code bye} that a browser gets. */
        String json() {
            return "{\"reason\":\"" + reason + "\"}";
        }
    }
}
