package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import opencode.nexus.api.NexusException;
import opencode.nexus.web.http.ApiServlet;

/** What is asked for at addresses where nothing is. */
final class UnknownResource extends ApiServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
        throw unknown();
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) {
        throw unknown();
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response) {
        throw unknown();
    }

    @Override
    protected void doPatch(HttpServletRequest request, HttpServletResponse response) {
        throw unknown();
    }

    @Override
    protected void doDelete(HttpServletRequest request, HttpServletResponse response) {
        throw unknown();
    }

    private static NexusException unknown() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
    }
}
