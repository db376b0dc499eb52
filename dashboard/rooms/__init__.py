"""The routes of the dashboard, a module for each room; each route declares its permission."""
